package io.redraft.model.train.config;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.objective.Objective;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How a network grows while it is trained: section {@code curriculum}. Lists have one entry a
 * stage; those of ratios go from the left of the network to its right, those of steps and
 * objectives in the order of training.
 *
 * @param direction where blocks are added
 * @param time how noise and depth go together
 * @param block blocks that a stage adds
 * @param freeze whether blocks of earlier stages stay as they are
 * @param head whether the last norm and the head learn in every stage, or in the first alone
 * @param embeddings the same of the embeddings
 * @param ratios mask ratio of every stage's blocks, decreasing; none where all stages see all noise
 *     levels, and for noise bands, which share them out equally
 * @param band width of the range of mask ratios around a stage's; 0 for exactly that ratio
 * @param steps steps of every stage
 * @param objectives objective of every stage; none for the run's
 */
public record CurriculumSettings(
    Direction direction,
    Time time,
    int block,
    boolean freeze,
    Learning head,
    Learning embeddings,
    List<Double> ratios,
    double band,
    List<Long> steps,
    List<Objective> objectives,
    MechanicsSettings mechanics,
    CacheSettings cache,
    JointSettings joint) {
  /** Where blocks are added. */
  public enum Direction {
    /** Nowhere: the network is trained as a whole. */
    NONE,
    /** Behind those that there are. */
    LEFT_TO_RIGHT,
    /** Before those that there are. */
    RIGHT_TO_LEFT,
    /** Nowhere: every block learns alone, on noise levels of its own. */
    NOISE_BANDS
  }

  /** How noise and depth go together. */
  public enum Time {
    /** They do not: every stage sees all noise levels, and may be told which. */
    INPUT,
    /** Depth is time: a block has its mask ratio, and is told nothing. */
    DEPTH,
    /** A block has its mask ratios, and may be told which. */
    HYBRID
  }

  /** When a part learns that all stages share. */
  public enum Learning {
    /** In every stage. */
    TRAINED,
    /** In the first. */
    ANCHORED
  }

  /** The network is trained as a whole. */
  public static final CurriculumSettings NONE =
      new CurriculumSettings(
          Direction.NONE,
          Time.INPUT,
          1,
          true,
          Learning.TRAINED,
          Learning.TRAINED,
          List.of(),
          0,
          List.of(),
          List.of(),
          MechanicsSettings.PLAIN,
          CacheSettings.NONE,
          JointSettings.NONE);

  private static final String PREFIX = "curriculum.";

  /** The schedule of six stages; others fall evenly from its first to its last. */
  private static final List<Double> SIX = List.of(1.00, 0.75, 0.55, 0.40, 0.25, 0.15);

  private static final double HYBRID_BAND = 0.2;

  public CurriculumSettings {
    ratios = List.copyOf(ratios);
    steps = List.copyOf(steps);
    objectives = List.copyOf(objectives);
    Check.atLeast(PREFIX + "block", block, 1);
    Check.fraction(PREFIX + "band", band);
    steps.forEach(each -> Check.atLeast(PREFIX + "steps", each, 1));
    checkRatios(ratios);
  }

  private static void checkRatios(List<Double> ratios) {
    var before = Double.POSITIVE_INFINITY;
    for (var i = 0; i < ratios.size(); i++) {
      var ratio = ratios.get(i);
      Check.portion(PREFIX + "ratios[" + i + "]", ratio);
      if (!(ratio < before)) {
        throw InvalidInputException.of(
            PREFIX + "ratios[" + i + "]", ratio, "less than " + before + ", the one before");
      }
      before = ratio;
    }
  }

  static CurriculumSettings read(Section section, ModelSettings model, LoopSettings loop) {
    var direction =
        Check.choice(PREFIX + "direction", section.text("direction", "none"), Direction.values());
    if (direction == Direction.NONE) {
      section.refuseOthersThan("direction", "nothing, where curriculum.direction is none");
      return NONE;
    }
    var block = section.integer("block", 1);
    var stages = stages(block, model.layers(), direction);
    var time =
        Check.choice(
            PREFIX + "time",
            section.text("time", direction == Direction.LEFT_TO_RIGHT ? "input" : "depth"),
            Time.values());
    var usual = direction == Direction.LEFT_TO_RIGHT ? Learning.TRAINED : Learning.ANCHORED;
    var head = learning(section, "head", usual);
    var cache = CacheSettings.read(section);
    var ratios = section.numbers("ratios");
    var scheduled = direction != Direction.NOISE_BANDS && time != Time.INPUT;
    return new CurriculumSettings(
        direction,
        time,
        block,
        section.flag("freeze", true),
        head,
        learning(section, "embeddings", embeddings(head, cache, model)),
        ratios.isEmpty() && scheduled ? schedule(stages) : ratios,
        section.number("band", scheduled && time == Time.HYBRID ? HYBRID_BAND : 0),
        steps(section.numbers("steps"), stages, loop),
        section.texts("objectives").stream().map(CurriculumSettings::objective).toList(),
        MechanicsSettings.read(section),
        cache,
        JointSettings.read(section));
  }

  /** With a cache the embeddings stay, unless a tied head has them learn. */
  private static Learning embeddings(Learning head, CacheSettings cache, ModelSettings model) {
    return cache.kind() == CacheSettings.Kind.NONE || model.tiedHead() ? head : Learning.ANCHORED;
  }

  private static Learning learning(Section section, String key, Learning usual) {
    return Check.choice(PREFIX + key, section.text(key, Check.key(usual)), Learning.values());
  }

  private static Objective objective(String key) {
    return Choice.of(PREFIX + "objectives", key, Objective.values());
  }

  private static int stages(int block, int layers, Direction direction) {
    Check.atLeast(PREFIX + "block", block, 1);
    if (layers % block != 0 || layers == block) {
      throw InvalidInputException.of(
          PREFIX + "block",
          block,
          "a divisor of model.layers (%d) below it%s"
              .formatted(
                  layers,
                  layers == block && direction == Direction.RIGHT_TO_LEFT
                      ? "; a single stage would prepend to nothing"
                      : ""));
    }
    return layers / block;
  }

  private static List<Double> schedule(int stages) {
    if (stages == SIX.size()) {
      return SIX;
    }
    var first = SIX.get(0);
    var last = SIX.get(SIX.size() - 1);
    return IntStream.range(0, stages)
        .mapToObj(i -> first + (last - first) * i / (stages - 1))
        .toList();
  }

  /** One number is every stage's; none shares {@code training.steps} out as evenly as can be. */
  private static List<Long> steps(List<Double> given, int stages, LoopSettings loop) {
    for (var each : given) {
      if (each != Math.rint(each) || !(each >= 1 && each < 1e15)) {
        throw InvalidInputException.of(PREFIX + "steps", each, "whole numbers of 1 or more");
      }
    }
    if (given.isEmpty()) {
      Check.atLeast("training.steps", loop.steps(), stages);
      var most = loop.steps() % stages;
      return IntStream.range(0, stages)
          .mapToObj(i -> loop.steps() / stages + (i < most ? 1 : 0))
          .toList();
    }
    var whole = given.stream().map(Double::longValue).toList();
    return whole.size() == 1 ? Collections.nCopies(stages, whole.get(0)) : whole;
  }

  void write(Map<String, Object> out) {
    out.put(PREFIX + "direction", Check.key(direction));
    if (none()) {
      return;
    }
    out.put(PREFIX + "time", Check.key(time));
    out.put(PREFIX + "block", block);
    out.put(PREFIX + "freeze", freeze);
    out.put(PREFIX + "head", Check.key(head));
    out.put(PREFIX + "embeddings", Check.key(embeddings));
    out.put(PREFIX + "ratios", ratios);
    out.put(PREFIX + "band", band);
    out.put(PREFIX + "steps", steps);
    out.put(PREFIX + "objectives", new ArrayList<>(objectives.stream().map(Choice::key).toList()));
    mechanics.write(out);
    cache.write(out);
    joint.write(out);
  }

  /** Whether the network is trained as a whole. */
  public boolean none() {
    return direction == Direction.NONE;
  }

  /**
   * What depth means to the finished network ({@link DepthSchedule}).
   *
   * @param levels the noise levels of the run's objective
   */
  public DepthTime depth(NoiseLevels levels) {
    return DepthSchedule.depth(this, levels);
  }

  /**
   * The same without the phase after the last stage, nor any other: those between are allowed to
   * stages with mask ratios of their own only where that one follows.
   */
  public CurriculumSettings withoutFinalPhase() {
    return new CurriculumSettings(
        direction,
        time,
        block,
        freeze,
        head,
        embeddings,
        ratios,
        band,
        steps,
        objectives,
        mechanics,
        cache,
        JointSettings.NONE);
  }

  /** Stages with all phases in which everything so far learns: the number of the last of them. */
  public int phases() {
    // The final phase takes the place of one that would come after the last stage.
    return stages() + joint.between(stages()) + (joint.afterTheLast(stages()) ? 1 : 0);
  }

  /** Stages in which the network grows; phases in which all of it learns are not counted. */
  public int stages() {
    return steps.size();
  }
}
