package io.redraft.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.actors.serving.LoadedModel;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.ModelLoader;
import io.redraft.actors.serving.ServedModels;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.tensor.Device;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RedraftNodeTest {
  private static final ModelInfo INFO = new ModelInfo("fake", FakeDenoiser.CONFIG, "float32");

  @Test
  void freesItsModelOnTheThreadThatLoadedItWhenItIsClosed() throws InterruptedException {
    List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    ModelLoader loader =
        blocks -> {
          threads.add(Thread.currentThread());
          return new LoadedModel.Diffusion(
              INFO, new ClosingDenoiser(() -> threads.add(Thread.currentThread())));
        };
    try (var node = RedraftNode.start(NodeSettings.defaults())) {
      var serving = node.serve(ServedModels.alone(loader));
      assertThat(node.awaitModel(serving)).isEqualTo(INFO);
      assertThat(threads).hasSize(1);
    }
    assertThat(threads).hasSize(2).containsOnly(threads.get(0));
  }

  @Test
  void aRunSharesTheThreadOfAGpuThatServesAndOfNothingElse() {
    var gpu = new Device(0);
    var second = new Device(1);
    var settings =
        NodeSettings.load(
            Optional.empty(),
            Map.of("redraft.device.name", "gpu0", "redraft.verifier.device", "gpu1"));
    try (var node = RedraftNode.start(settings)) {
      assertThat(node.trainingThread(() -> gpu)).isEqualTo("redraft.training-dispatcher");
      node.serve(
          ServedModels.alone(
              blocks -> new LoadedModel.Diffusion(INFO, new ClosingDenoiser(() -> {}))));
      assertThat(node.trainingThread(() -> gpu)).isEqualTo("redraft.device-dispatcher");
      assertThat(node.trainingThread(() -> second)).isEqualTo("redraft.verifier-dispatcher");
      assertThat(node.trainingThread(() -> new Device(2))).isEqualTo("redraft.training-dispatcher");
      assertThat(node.trainingThread(() -> Device.CPU)).isEqualTo("redraft.training-dispatcher");
    }
  }

  @Test
  void tellsWhoStartsItWhatIsWrongWithTheModel() {
    try (var node = RedraftNode.start(NodeSettings.defaults())) {
      var serving =
          node.serve(
              ServedModels.alone(
                  blocks -> {
                    throw InvalidInputException.of("--model", "a.txt", "a folder");
                  }));
      assertThatThrownBy(() -> node.awaitModel(serving))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("--model is a.txt; allowed: a folder");
    }
  }

  @Test
  void aModelThatCannotBeReadForAnotherReasonIsNoFaultOfTheInput() {
    try (var node = RedraftNode.start(NodeSettings.defaults())) {
      var serving =
          node.serve(
              ServedModels.alone(
                  blocks -> {
                    throw new IOException("the disk is gone");
                  }));
      assertThatThrownBy(() -> node.awaitModel(serving))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the disk is gone");
    }
  }
}
