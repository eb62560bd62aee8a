package io.redraft.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
  @Test
  void readsAndWritesNames() {
    assertThat(Device.parse("cpu")).isEqualTo(Device.CPU).hasToString("cpu");
    assertThat(Device.parse("gpu3")).isEqualTo(new Device(3)).hasToString("gpu3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "CPU", "gpu", "gpu-1", "cuda:0", "gpu1000"})
  void refusesOtherNames(String name) {
    assertThatThrownBy(() -> Device.parse(name))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("device is " + name + "; allowed: cpu, gpu0, gpu1, …");
  }
}
