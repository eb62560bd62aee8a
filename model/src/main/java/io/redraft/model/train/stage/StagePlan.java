package io.redraft.model.train.stage;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.curriculum.BlockSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A stage as its kernels read it ({@code plan} in stage.py): where every weight lies, and in which
 * segments the stream is computed and differentiated.
 */
final class StagePlan {
  private static final int HEADER = 12;
  private static final int NOTHING_RECORDED = 0;
  private static final int RECORDED = 1;
  private static final int COMPUTED_AGAIN = 2;

  private final StageLayout layout;
  private final FrozenWeights frozen;
  private final SpectralNorms norms;

  StagePlan(StageLayout layout, FrozenWeights frozen, SpectralNorms norms) {
    this.layout = layout;
    this.frozen = frozen;
    this.norms = norms;
  }

  /**
   * The numbers.
   *
   * @param given format of a stream that is given, or null where ids are read
   * @param consistent whether the distance to a less masked input is measured
   */
  long[] numbers(ComputeType given, boolean consistent) {
    var blocks = layout.stage().executed();
    var segments = segments(consistent);
    List<Long> plan = new ArrayList<>();
    plan.add((long) blocks.size());
    plan.add(given == null ? place(StageLayout.EMBEDDING) : -1);
    plan.add(place(layout.head()));
    plan.add(place(StageLayout.NORM));
    addTime(plan, given != null);
    plan.add((long) layout.stage().mechanics().adapterRank());
    plan.add(given == null ? 0 : (long) given.scalarType());
    plan.add(consistent ? boundary(segments) : -1);
    plan.add((long) segments.size());
    plan.add((long) norms.matrices().length / SpectralNorms.NUMBERS);
    for (var block = blocks.from(); block < blocks.to(); block++) {
      addBlock(plan, block);
    }
    segments.forEach(segment -> Arrays.stream(segment).forEach(plan::add));
    Arrays.stream(norms.matrices()).forEach(plan::add);
    return plan.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * The other numbers ({@code real} in stage.py); the last one is the weight of the distance.
   *
   * @param share what the consistency loss of a batch counts
   */
  double[] reals(Numerics numerics, double share) {
    var mechanics = layout.stage().mechanics();
    return new double[] {
      layout.network().normEpsilon(),
      numerics.dropout(),
      numerics.attentionDropout(),
      mechanics.residualGain(),
      mechanics.adapterScale(),
      mechanics.consistency() * share
    };
  }

  /** The offset of what learns, or -1 - i for the i-th frozen array; the first one is empty. */
  private long place(String name) {
    var learned = layout.place(name);
    return learned >= 0 ? learned : -1L - frozen.index(name);
  }

  private void addTime(List<Long> plan, boolean given) {
    var time = layout.network().time();
    var names =
        switch (time.kind()) {
          case NONE -> List.<String>of();
          case SINUSOIDAL -> List.of("model.time_embed.proj.weight");
          case TABLE -> List.of("model.time_embed.table.weight");
          case ADALN ->
              List.of(
                  "model.time_embed.fc1.weight",
                  "model.time_embed.fc2.weight",
                  StageLayout.FINAL_MODULATION);
        };
    for (var i = 0; i < 3; i++) {
      var told = i < names.size() && (!given || time.kind() == TimeConditioning.Kind.ADALN);
      plan.add(told ? place(names.get(i)) : -1);
    }
  }

  private void addBlock(List<Long> plan, int block) {
    var mechanics = layout.stage().mechanics();
    var query = StageLayout.name(block, StageLayout.MATRICES.get(0) + ".weight");
    var modulated = layout.network().time().kind() == TimeConditioning.Kind.ADALN;
    var adaln = modulated ? place(StageLayout.name(block, StageLayout.MODULATION)) : -1;
    if (layout.stage().trained().contains(block)) {
      plan.add(1L);
      plan.add(layout.place(query));
      plan.add(Math.min(0, place(StageLayout.name(block, "mlp.up_proj.weight"))));
      plan.add(layout.place(StageLayout.name(block, StageLayout.BEFORE_ATTENTION)));
      plan.add(adaln);
      plan.add(-1L);
      return;
    }
    plan.add(kind(mechanics.frozen()));
    plan.add((long) frozen.index(query));
    plan.add((long) frozen.index(StageLayout.name(block, StageLayout.BEFORE_ATTENTION)));
    plan.add(-1L);
    plan.add(adaln);
    var adapter = StageLayout.adapter(block, StageLayout.MATRICES.get(0), 'A');
    plan.add(layout.place(adapter));
  }

  private static long kind(FrozenStorage storage) {
    return switch (storage) {
      case COMPUTE -> 0;
      case INT8 -> 2;
      case INT4 -> 3;
      case NF4 -> 4;
    };
  }

  /**
   * First block, the one after the last, both counted from the first that executes, and what is
   * kept of the segment. Blocks in fewer bits are computed again one by one, so that no more than
   * one of them is there in the format that is computed in.
   */
  private List<long[]> segments(boolean consistent) {
    var stage = layout.stage();
    var first = stage.executed().from();
    List<long[]> segments = new ArrayList<>();
    add(segments, first, new BlockSpan(first, stage.lowest()), NOTHING_RECORDED);
    var from = stage.lowest();
    if (stage.mechanics().frozen() == FrozenStorage.COMPUTE) {
      var to = stage.executed().to();
      if (consistent && stage.trained().to() > from) {
        add(segments, first, new BlockSpan(from, stage.trained().to()), RECORDED);
        from = stage.trained().to();
      }
      add(segments, first, new BlockSpan(from, to), RECORDED);
      return segments;
    }
    while (from < stage.executed().to()) {
      var learns = stage.trained().contains(from);
      var to = learns ? stage.trained().to() : from + 1;
      add(segments, first, new BlockSpan(from, to), learns ? RECORDED : COMPUTED_AGAIN);
      from = to;
    }
    return segments;
  }

  private static void add(List<long[]> segments, int first, BlockSpan blocks, int kept) {
    if (blocks.size() > 0) {
      segments.add(new long[] {blocks.from() - first, blocks.to() - first, kept});
    }
  }

  /** The segment that ends with the last block that learns. */
  private long boundary(List<long[]> segments) {
    var end = layout.stage().trained().to() - layout.stage().executed().from();
    for (var i = 0; i < segments.size(); i++) {
      if (segments.get(i)[1] == end) {
        return i;
      }
    }
    throw new IllegalStateException("no segment ends at block " + end);
  }
}
