package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.load.serve.StepOverhead.Way;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.nn.NetworkConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepOverheadTest {
  @Test
  void theNetworkIsAskedTheSameOnTheSameThreadWithAndWithoutAServerBeforeIt() throws Exception {
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    var fake = ServedTexts.fake();
    var listening =
        new Denoiser() {
          @Override
          public NetworkConfig config() {
            return fake.config();
          }

          @Override
          public List<Candidates> denoise(List<DenoiseTask> batch) {
            threads.add(Thread.currentThread());
            for (var task : batch) {
              asked.add(task.step() + ": " + java.util.Arrays.toString(task.canvas()));
            }
            return fake.denoise(batch);
          }

          @Override
          public void close() {
            fake.close();
          }
        };
    try (var server = ServedTexts.serve(listening)) {
      var canvas = FullCanvas.of(16, 7, ServedTexts.BYTES);
      var result = new StepOverhead(server, canvas).measure(2, Duration.ZERO, round -> {});

      assertThat(result.steps()).isEqualTo(7);
      // One text to learn the steps, then two rounds of four ways.
      assertThat(asked).hasSize(7 * (1 + 2 * Way.values().length));
      for (int at = 0; at < asked.size(); at += 7) {
        assertThat(asked.subList(at, at + 7)).isEqualTo(asked.subList(0, 7));
      }
      assertThat(threads).containsOnly(threads.get(0));
      for (Way way : Way.values()) {
        assertThat(result.milliseconds().get(way).values()).hasSize(2);
        assertThat(result.network().get(way).median())
            .isPositive()
            .isLessThanOrEqualTo(result.milliseconds().get(way).median());
      }
      assertThat(result.overhead(Way.BARE)).isZero();
      assertThat(result.table().toString()).contains("loopback", "%");
    }
  }
}
