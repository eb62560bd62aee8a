package io.redraft.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KernelsTest {
  private static final String SOURCE =
      """
      # Least squares y = x·wᵀ + b in one call: forward, loss, gradients, AdamW, in place.
      def least_squares_step(self, x: Tensor, y: Tensor, p: List[Tensor], m: List[Tensor], \
      v: List[Tensor], steps: List[Tensor], rate: Tensor) -> List[Tensor]:
        q = self.trainable(p)
        loss = torch.mean(torch.square(torch.sub(torch.linear(x, q[0], q[1]), y)))
        g = self.gradients(loss, q)
        for s in steps:
          _ = torch.add_(s, 1)
        none = annotate(List[Tensor], [])
        torch._fused_adamw_(p, g, m, v, none, steps, lr=float(rate), beta1=0.9, beta2=0.999, \
      weight_decay=0., eps=1e-8, amsgrad=False, maximize=False)
        return [torch.detach(loss), g[0], g[1]]

      def scaled_sum(self, xs: List[Tensor], n: int, factor: float, negate: bool, w: List[int]) -> Tensor:
        total = torch.mul(xs[0], w[0])
        for i in range(1, n):
          total = torch.add(total, torch.mul(xs[i], w[i]))
        if negate:
          total = torch.neg(total)
        return torch.mul(total, factor)

      def twice(self, x: Tensor, xs: List[Tensor], ys: List[Tensor]) -> Tensor:
        return torch.add(torch.add(x, xs[0]), ys[0])

      def fail_while_recording(self, p: List[Tensor]) -> Tensor:
        q = self.trainable(p)
        return torch.linear(q[0], torch.ones([3, 7]))
      """;

  private static Kernels kernels;

  @BeforeAll
  static void open() {
    byte[] archive = KernelArchive.pack(List.of(KernelArchive.resource("training.py"), SOURCE));
    kernels = Kernels.open(Device.CPU, archive);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  @Test
  void passesScalarsListsAndFlags() {
    try (DeviceScope scope = kernels.scope()) {
      NDArray a = scope.floats(new float[] {1, 2}, 2);
      NDArray b = scope.floats(new float[] {10, 20}, 2);
      NDArray sum =
          kernels
              .call("scaled_sum", scope)
              .tensors(List.of(a, b))
              .integer(2)
              .number(0.5)
              .flag(true)
              .integers(1, 3)
              .runOne();
      assertThat(sum.toFloatArray()).containsExactly(-15.5f, -31f);
    }
  }

  @Test
  void everyVersionOfTheLibraryHasANormThatItDoesBest() {
    float[] x = {3, -4, 0, 0, 1, 2, -2, 4};
    for (String version : new String[] {"2.7.1", "2.8.0", "2.9.0", "2.11.0", "3.0.0"}) {
      try (var shipped = Kernels.open(Device.CPU, KernelArchive.standard(version));
          var scope = shipped.scope()) {
        float[] normed =
            shipped
                .call("library_normed", scope)
                .tensor(scope.floats(x, 1, 2, 4))
                .number(1e-5)
                .runOne()
                .toFloatArray();
        // Both rows have a mean square of 25/4.
        for (int i = 0; i < x.length; i++) {
          assertThat((double) normed[i])
              .as(version)
              .isCloseTo(x[i] / Math.sqrt(6.25 + 1e-5), within(1e-6));
        }
      }
    }
  }

  @Test
  void aListOutlivesTheArraysItWasMadeFrom() {
    try (DeviceScope scope = kernels.scope()) {
      TensorList list;
      try (DeviceScope inner = scope.inner()) {
        list = TensorList.of(List.of(inner.floats(new float[] {4, 5}, 2)));
      }
      try (list) {
        NDArray same =
            kernels
                .call("scaled_sum", scope)
                .tensors(list)
                .integer(1)
                .number(1)
                .flag(false)
                .integers(1)
                .runOne();
        assertThat(same.toFloatArray()).containsExactly(4f, 5f);
      }
      assertThatThrownBy(() -> kernels.call("scaled_sum", scope).tensors(list))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aWholeTrainingStepIsOneCall() {
    try (DeviceScope scope = kernels.scope()) {
      // y = 2·x0 − x1 + 3 on four points
      NDArray x = scope.floats(new float[] {0, 0, 1, 0, 0, 1, 2, 3}, 4, 2);
      NDArray y = scope.floats(new float[] {3, 5, 2, 4}, 4, 1);
      NDArray w = scope.zeros(1, 2);
      NDArray b = scope.zeros(1);
      List<NDArray> p = List.of(w, b);
      List<NDArray> m = List.of(scope.zeros(1, 2), scope.zeros(1));
      List<NDArray> v = List.of(scope.zeros(1, 2), scope.zeros(1));
      List<NDArray> steps = List.of(scope.zeros(), scope.zeros());
      float loss = Float.NaN;
      for (int i = 0; i < 600; i++) {
        try (DeviceScope step = scope.inner()) {
          List<NDArray> result =
              kernels
                  .train("least_squares_step", step)
                  .tensor(x)
                  .tensor(y)
                  .tensors(p)
                  .tensors(m)
                  .tensors(v)
                  .tensors(steps)
                  .number(0.05)
                  .run();
          loss = result.get(0).getFloat();
          if (i == 0) {
            assertThat(loss).isCloseTo((9 + 25 + 4 + 16) / 4f, within(1e-5f));
            // −2/4 · Σ y·x and −2/4 · Σ y, by hand
            assertThat(result.get(1).toFloatArray()).containsExactly(-6.5f, -7f);
            assertThat(result.get(2).toFloatArray()).containsExactly(-7f);
          }
        }
      }
      assertThat(loss).isLessThan(1e-4f);
      assertThat(w.toFloatArray()[0]).isCloseTo(2f, within(0.02f));
      assertThat(w.toFloatArray()[1]).isCloseTo(-1f, within(0.02f));
      assertThat(b.toFloatArray()[0]).isCloseTo(3f, within(0.02f));
    }
  }

  @Test
  void anArrayMayBePassedMoreThanOnceToATrainingKernel() {
    try (DeviceScope scope = kernels.scope()) {
      NDArray x = scope.floats(new float[] {1, 2}, 2);
      NDArray sum =
          kernels.train("twice", scope).tensor(x).tensors(List.of(x)).tensors(List.of(x)).runOne();
      assertThat(sum.toFloatArray()).containsExactly(3f, 6f);
      assertThat(x.getName()).isNull();
    }
  }

  @Test
  void aKernelThatFailsLeavesGradientsOff() {
    try (DeviceScope scope = kernels.scope()) {
      NDArray x = scope.zeros(2, 2);
      assertThatThrownBy(
              () -> kernels.train("fail_while_recording", scope).tensors(List.of(x)).run())
          .isInstanceOf(EngineException.class);
      assertThat(ai.djl.pytorch.jni.JniUtils.isGradMode()).isFalse();
    }
  }

  @Test
  void anotherThreadIsRefusedUntilItTakesTheDeviceOver() {
    Runnable use = () -> kernels.scope().close();
    assertThatThrownBy(() -> CompletableFuture.runAsync(use).join())
        .isInstanceOf(CompletionException.class)
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("device cpu belongs to thread");
    CompletableFuture.runAsync(
            () -> {
              kernels.adopt();
              use.run();
            })
        .join();
    assertThatThrownBy(use::run).isInstanceOf(IllegalStateException.class);
    kernels.adopt();
    use.run();
  }

  @Test
  void aKernelThatDoesNotCompileIsRefusedAtLoadWithItsLine() {
    byte[] archive =
        KernelArchive.pack(List.of("def broken(self, x: Tensor) -> Tensor:\n  return y\n"));
    assertThatThrownBy(() -> Kernels.open(Device.CPU, archive)).hasMessageContaining("return y");
  }
}
