package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BatchQueueTest {
  private static BatchQueue.Entry entry(long session, int length) {
    var task = new DenoiseTask(new int[length], new int[0], Sampling.GREEDY, 1, 0);
    return new BatchQueue.Entry(session, new Work.Denoise(task), Instant.EPOCH);
  }

  private static BatchQueue.Entry cached(long session, int length, int computed) {
    var positions = IntStream.range(0, computed).toArray();
    var use = new CacheUse.Reuse(session, positions);
    var task = new DenoiseTask(new int[length], new int[] {0}, Sampling.GREEDY, 1, 0, -1, 0, use);
    return new BatchQueue.Entry(session, new Work.Denoise(task), Instant.EPOCH);
  }

  private static List<Long> sessions(List<BatchQueue.Entry> batch) {
    return batch.stream().map(BatchQueue.Entry::session).toList();
  }

  @Property
  void everyBatchHoldsTheOldestAndOnlyItsShapeWithinTheLimits(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 5) Integer> lengths,
      @ForAll @IntRange(min = 1, max = 6) int maxEntries,
      @ForAll @IntRange(min = 1, max = 20) int maxTokens) {
    var queue = new BatchQueue(maxEntries, maxTokens);
    var waiting = new ArrayList<BatchQueue.Entry>();
    for (int i = 0; i < lengths.size(); i++) {
      waiting.add(entry(i, lengths.get(i)));
      queue.add(waiting.get(i));
    }
    while (!waiting.isEmpty()) {
      var batch = queue.next();
      var shape = waiting.get(0).work().shape();
      int fits = Math.max(1, Math.min(maxEntries, maxTokens / shape.tokens()));
      // Exactly the oldest of that shape, as many as fit: so the oldest of all is in it.
      var expected =
          waiting.stream().filter(entry -> entry.work().shape().equals(shape)).limit(fits).toList();
      assertThat(batch).isEqualTo(expected);
      waiting.removeAll(batch);
      assertThat(queue.size()).isEqualTo(waiting.size());
    }
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.next()).isEmpty();
  }

  @Property
  void whoHasTheEarliestRankIsInTheNextBatchWhateverItsShape(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 0, max = 9) Integer> ranks,
      @ForAll @IntRange(min = 1, max = 4) int maxEntries) {
    var queue = new BatchQueue(maxEntries, 100);
    var waiting = new ArrayList<BatchQueue.Entry>();
    for (int i = 0; i < ranks.size(); i++) {
      var work = entry(i, 1 + i % 3).work();
      waiting.add(new BatchQueue.Entry(i, work, Instant.ofEpochSecond(ranks.get(i))));
      queue.add(waiting.get(i));
    }
    while (!waiting.isEmpty()) {
      var batch = queue.next();
      var order =
          Comparator.comparing(BatchQueue.Entry::rank).thenComparing(BatchQueue.Entry::session);
      var first = waiting.stream().min(order).orElseThrow();
      var expected =
          waiting.stream()
              .filter(entry -> entry.work().shape().equals(first.work().shape()))
              .sorted(order)
              .limit(maxEntries)
              .toList();
      assertThat(batch).isEqualTo(expected);
      waiting.removeAll(batch);
    }
  }

  @Test
  void passesOverBlocksShareABatchByWhatTheyComputeAndWithNoWholeCanvas() {
    var queue = new BatchQueue(8, 10);
    queue.add(cached(1, 64, 4));
    queue.add(entry(2, 4));
    queue.add(cached(3, 32, 4));
    queue.add(cached(4, 64, 3));
    queue.add(cached(5, 64, 4)); // a third one would make 12 positions
    assertThat(sessions(queue.next())).containsExactly(1L, 3L);
    assertThat(sessions(queue.next())).containsExactly(2L);
    assertThat(sessions(queue.next())).containsExactly(4L);
    assertThat(sessions(queue.next())).containsExactly(5L);
  }

  private static BatchQueue.Entry appended(long session, int length, int from, int to) {
    var task =
        new DenoiseTask(
            new int[length],
            new int[] {from},
            Sampling.GREEDY,
            1,
            0,
            -1,
            0,
            new CacheUse.Append(session, from, to),
            Optional.empty(),
            4);
    return new BatchQueue.Entry(session, new Work.Denoise(task), Instant.EPOCH);
  }

  @Test
  void appendedRunsShareABatchWhateverTheirLengthsAndWithNothingElse() {
    var queue = new BatchQueue(8, 24);
    queue.add(appended(1, 64, 0, 12));
    queue.add(entry(2, 12));
    queue.add(appended(3, 30, 8, 12));
    queue.add(cached(4, 64, 4));
    queue.add(appended(5, 50, 40, 50)); // a third one would make 26 positions
    queue.add(appended(6, 64, 8, 16));
    assertThat(sessions(queue.next())).containsExactly(1L, 3L, 6L);
    assertThat(sessions(queue.next())).containsExactly(2L);
    assertThat(sessions(queue.next())).containsExactly(4L);
    assertThat(sessions(queue.next())).containsExactly(5L);
  }

  @Property
  void appendedRunsFillABatchInTheirOrderUpToItsLimits(
      @ForAll @Size(min = 1, max = 30) List<@IntRange(min = 1, max = 5) Integer> blocks,
      @ForAll @IntRange(min = 1, max = 6) int maxEntries,
      @ForAll @IntRange(min = 1, max = 40) int maxTokens) {
    var queue = new BatchQueue(maxEntries, maxTokens);
    var waiting = new ArrayList<BatchQueue.Entry>();
    for (int i = 0; i < blocks.size(); i++) {
      waiting.add(appended(i, 64, 4 * i % 40, 4 * i % 40 + 4 * blocks.get(i)));
      queue.add(waiting.get(i));
    }
    while (!waiting.isEmpty()) {
      var expected = new ArrayList<BatchQueue.Entry>();
      int tokens = 0;
      for (var entry : waiting) {
        boolean fits = expected.isEmpty() || tokens + entry.work().tokens() <= maxTokens;
        if (fits && expected.size() < maxEntries) {
          expected.add(entry);
          tokens += entry.work().tokens();
        }
      }
      assertThat(queue.next()).isEqualTo(expected);
      waiting.removeAll(expected);
    }
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void onlyARunBehindOthersNeedsACacheAndEveryRunLeavesOne() {
    assertThat(appended(1, 64, 0, 12).work().needsCache()).isFalse();
    assertThat(appended(1, 64, 8, 12).work().needsCache()).isTrue();
    assertThat(appended(1, 64, 0, 12).work().leavesCache()).isTrue();
    assertThat(appended(1, 64, 8, 12).work().leavesCache()).isTrue();
    assertThat(appended(1, 64, 8, 20).work().tokens()).isEqualTo(12);
    assertThat(entry(1, 64).work().needsCache()).isFalse();
    assertThat(entry(1, 64).work().leavesCache()).isFalse();
  }

  @Property
  void whatIsToBeComputedAloneIsInNoOtherBatchAndHoldsNobodyUp(
      @ForAll @Size(min = 1, max = 40) List<Boolean> alone) {
    var queue = new BatchQueue(4, 100);
    var waiting = new ArrayList<BatchQueue.Entry>();
    for (int i = 0; i < alone.size(); i++) {
      var task = new DenoiseTask(new int[4], new int[0], Sampling.GREEDY, 1, 0);
      waiting.add(
          new BatchQueue.Entry(i, new Work.Denoise(task, alone.get(i)), Instant.ofEpochSecond(i)));
      queue.add(waiting.get(i));
    }
    while (!waiting.isEmpty()) {
      var oldest = waiting.get(0);
      var expected =
          oldest.work().alone()
              ? List.of(oldest)
              : waiting.stream().filter(entry -> !entry.work().alone()).limit(4).toList();
      assertThat(queue.next()).isEqualTo(expected);
      waiting.removeAll(expected);
    }
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void aGuidedCanvasCountsTwice() {
    var queue = new BatchQueue(4, 24);
    for (int session = 1; session <= 4; session++) {
      var other = Optional.of(new DenoiseTask.Unconditional(new int[8], 1));
      var guided =
          new DenoiseTask(
              new int[8],
              new int[0],
              Sampling.GREEDY,
              1,
              0,
              -1,
              0,
              new CacheUse.None(),
              session % 2 == 0 ? other : none());
      queue.add(new BatchQueue.Entry(session, new Work.Denoise(guided), Instant.EPOCH));
    }
    assertThat(sessions(queue.next())).as("1 + 2 canvases").containsExactly(1L, 2L);
    assertThat(sessions(queue.next())).containsExactly(3L, 4L);
  }

  private static Optional<DenoiseTask.Unconditional> none() {
    return Optional.empty();
  }

  @Test
  void aCanvasLargerThanTheLimitGoesAlone() {
    var queue = new BatchQueue(4, 10);
    queue.add(entry(1, 64));
    queue.add(entry(2, 64));
    assertThat(sessions(queue.next())).containsExactly(1L);
    assertThat(sessions(queue.next())).containsExactly(2L);
  }

  @Test
  void whoeverLeavesIsInNoBatch() {
    var queue = new BatchQueue(4, 100);
    queue.add(entry(1, 5));
    queue.add(entry(2, 5));
    assertThat(queue.remove(1)).isTrue();
    assertThat(queue.remove(1)).isFalse();
    assertThat(sessions(queue.next())).containsExactly(2L);
  }

  @Test
  void aSessionWaitsForOnePassAtATime() {
    var queue = new BatchQueue(4, 100);
    queue.add(entry(1, 5));
    assertThatThrownBy(() -> queue.add(entry(1, 5))).isInstanceOf(IllegalStateException.class);
  }
}
