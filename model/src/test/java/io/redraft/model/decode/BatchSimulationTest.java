package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/**
 * A day of a server in small: requests arrive at any time, share forward passes with whoever is
 * there, lose a pass that is repeated, and are moved between nodes in the middle. None of it shows
 * in any text.
 */
class BatchSimulationTest {
  private static final int LENGTH = 128;

  @Property(tries = 100)
  @Domain(DecodeScenarios.class)
  @Domain(DomainContext.Global.class)
  void aTextDoesNotDependOnItsCompanyOrOnWhereItWasWritten(
      @ForAll @Size(min = 2, max = 8) List<DecodePlan> plans, @ForAll Random random) {
    var arrivals = new ArrayList<>(plans.stream().map(BatchSimulationTest::padded).toList());
    Map<DecodePlan, DecodeState> running = new LinkedHashMap<>();
    var finished = new ArrayList<DecodeState>();
    try (var denoiser = denoiser()) {
      while (!arrivals.isEmpty() || !running.isEmpty()) {
        if (!arrivals.isEmpty() && (running.isEmpty() || random.nextInt(3) == 0)) {
          var plan = arrivals.remove(arrivals.size() - 1);
          running.put(plan, DecodeState.start(plan));
        }
        tick(denoiser, running, random);
        running.values().stream().filter(DecodeState::done).forEach(finished::add);
        running.values().removeIf(DecodeState::done);
      }
    }
    for (var state : finished) {
      assertThat(state).isEqualTo(alone(state.plan()));
    }
    assertThat(finished).isNotEmpty();
  }

  /** One forward pass over some of the requests; one that moves leaves its cache behind. */
  private static void tick(Denoiser denoiser, Map<DecodePlan, DecodeState> running, Random random) {
    var willing = running.values().stream().filter(s -> random.nextInt(4) > 0).toList();
    if (willing.isEmpty()) {
      return;
    }
    var shape = next(willing.get(0)).shape();
    var batch = willing.stream().filter(s -> next(s).shape().joins(shape)).toList();
    var results = denoiser.denoise(batch.stream().map(BatchSimulationTest::next).toList());
    for (int i = 0; i < batch.size(); i++) {
      boolean lost = random.nextInt(10) == 0;
      boolean moved = random.nextInt(5) == 0;
      var next = lost ? batch.get(i) : batch.get(i).advance(results.get(i)).state();
      running.put(next.plan(), moved ? RecordParts.of(next).build(DecodeState.class) : next);
      if (moved) {
        denoiser.release(name(next));
        if (!next.done() && next.cached()) {
          denoiser.denoise(List.of(next.refresh(name(next))));
        }
      }
    }
  }

  private static DenoiseTask next(DecodeState state) {
    return state.next(name(state));
  }

  /** Unlike for unlike plans, of which several may have one seed. */
  private static long name(DecodeState state) {
    return state.plan().toString().hashCode();
  }

  private static DecodeState alone(DecodePlan plan) {
    try (var denoiser = denoiser()) {
      return denoiser.write(plan);
    }
  }

  /** The plan on a canvas of the common length: pinned tokens are put before it. */
  private static DecodePlan padded(DecodePlan plan) {
    int[] canvas = new int[LENGTH];
    System.arraycopy(plan.canvas(), 0, canvas, LENGTH - plan.length(), plan.length());
    return new DecodePlan(
        canvas,
        plan.maskToken(),
        plan.endToken(),
        plan.options(),
        plan.seed(),
        plan.firstEnd() + LENGTH - plan.length());
  }

  private static FakeDenoiser denoiser() {
    return new FakeDenoiser(FakeDenoiser.config(50, LENGTH), 0);
  }
}
