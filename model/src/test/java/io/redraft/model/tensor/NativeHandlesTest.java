package io.redraft.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeHandlesTest {
  @Test
  void everyHandleIsCountedFromItsOpeningToItsEnd() {
    try (var kernels = Kernels.open(Device.CPU)) {
      var before = NativeHandles.live();
      var scope = kernels.scope();
      NDArray one = scope.floats(new float[] {1, 2}, 2);
      scope.longs(new long[] {1, 2, 3}, 3);
      var inner = scope.inner();
      inner.ints(new int[] {1}, 1);
      var list = TensorList.of(List.of(one));
      assertThat(since(before)).isEqualTo(new NativeHandles(2, 3, 1, 0));

      var call = kernels.call("none", scope).tensor(one).integer(3);
      assertThat(since(before)).isEqualTo(new NativeHandles(2, 3, 1, 2));
      org.assertj.core.api.Assertions.assertThatThrownBy(call::runOne)
          .isInstanceOf(RuntimeException.class);
      assertThat(since(before))
          .as("a call that fails frees its arguments")
          .isEqualTo(new NativeHandles(2, 3, 1, 0));

      one.close();
      assertThat(since(before)).isEqualTo(new NativeHandles(2, 2, 1, 0));
      list.close();
      list.close(); // counts once
      scope.close(); // and what is in it
      inner.close();
      assertThat(NativeHandles.live()).isEqualTo(before);
    }
  }

  private static NativeHandles since(NativeHandles before) {
    var now = NativeHandles.live();
    return new NativeHandles(
        now.scopes() - before.scopes(),
        now.tensors() - before.tensors(),
        now.lists() - before.lists(),
        now.arguments() - before.arguments());
  }
}
