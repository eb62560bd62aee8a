package io.redraft.model.evaluate;

import static io.redraft.model.evaluate.Metric.BOUND;
import static io.redraft.model.evaluate.Metric.GENERATIVE_PERPLEXITY;
import static io.redraft.model.evaluate.Metric.SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricTest {
  @Test
  void metricsAreNamedAsUsersWriteThem() {
    assertThat(Metric.of(List.of("samples", " generative-perplexity"), true))
        .containsExactlyInAnyOrder(SAMPLES, GENERATIVE_PERPLEXITY);
    assertThat(Metric.of(List.of("all"), true)).hasSize(6);
    assertThat(Metric.of(List.of("all"), false)).hasSize(5).doesNotContain(GENERATIVE_PERPLEXITY);
    assertThat(Metric.of(List.of("all", "generative-perplexity"), false))
        .as("asked for by name")
        .contains(BOUND, GENERATIVE_PERPLEXITY);
  }

  @Test
  void anUnknownOneIsToldWhichThereAre() {
    assertThatThrownBy(() -> Metric.of(List.of("bound", "blue"), true))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "metrics is blue; allowed: bound, samples, generative-perplexity, infilling,"
                + " controllability, scripts, all");
    assertThatThrownBy(() -> Metric.of(List.of(), true)).hasMessageStartingWith("metrics is empty");
  }
}
