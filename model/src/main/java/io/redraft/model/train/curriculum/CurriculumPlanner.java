package io.redraft.model.train.curriculum;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.train.config.CurriculumSettings;
import io.redraft.model.train.config.CurriculumSettings.Direction;
import io.redraft.model.train.config.CurriculumSettings.Learning;
import io.redraft.model.train.config.DepthSchedule;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.config.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Turns a curriculum's settings into the stages of a run. Blocks are counted from the left, the
 * embedding's side; L are all of them, b those that a stage adds, and stage k is the one whose
 * first new block is k.
 *
 * <ul>
 *   <li><b>Left to right</b>, k = 0, b, … L − b: blocks [0, k + b) compute, and the new ones learn,
 *       or all of them where nothing is frozen.
 *   <li><b>Right to left</b>, k = L − b, … b, 0: blocks [k, L) compute behind the embedding, and
 *       the new ones learn before a frozen suffix.
 *   <li><b>Noise bands</b>, in the same order: the new blocks compute and learn alone, between the
 *       embedding and the head. Each has an equal share of α, the probability that a token is
 *       visible, the leftmost the noisiest. The stage of the least noise comes first, and in it the
 *       embedding and the head learn, which all other blocks then share as they are: it is the one
 *       that reads the most tokens, so that its embeddings are worth keeping.
 *   <li><b>Joint phases</b>: all blocks so far, embedding and head learn together. One after every
 *       so many stages sees the mask ratios of the stages so far, also where that is the last
 *       stage; a final one, which then takes its place, sees those of the objective.
 * </ul>
 *
 * Where the head or the embeddings are anchored they learn in the first stage, whichever that is,
 * and in joint phases. A stage has adapters, and frozen blocks in fewer bits, where frozen blocks
 * compute; a consistency loss where trained blocks follow the new ones.
 */
public final class CurriculumPlanner {
  private final TrainingConfig config;
  private final CurriculumSettings curriculum;
  private final int layers;
  private final Predicate<Stage> worthCaching;
  private final List<Stage> stages = new ArrayList<>();
  private int phases;

  private CurriculumPlanner(
      TrainingConfig config, NetworkConfig network, Predicate<Stage> worthCaching) {
    this.config = config;
    this.curriculum = config.curriculum();
    this.layers = network.layers();
    this.worthCaching = worthCaching;
  }

  /** The stages of a run; where its cache is {@code auto}, none is cached. */
  public static List<Stage> plan(TrainingConfig config, NetworkConfig network) {
    return plan(config, network, stage -> false);
  }

  /**
   * The stages of a run, in the order of training.
   *
   * @param network the network that all of them make together
   * @param worthCaching whether a stage that could read its stream from a cache should, where the
   *     cache is {@code auto}; asked with the stage as it is without
   * @throws InvalidInputException if the run has no curriculum
   */
  public static List<Stage> plan(
      TrainingConfig config, NetworkConfig network, Predicate<Stage> worthCaching) {
    if (config.curriculum().none()) {
      throw InvalidInputException.of(
          "curriculum.direction", "none", "left-to-right, right-to-left, noise-bands, for stages");
    }
    return new CurriculumPlanner(config, network, worthCaching).plan();
  }

  private List<Stage> plan() {
    for (var growth = 0; growth < curriculum.stages(); growth++) {
      stages.add(cached(growth(growth)));
      var last = growth == curriculum.stages() - 1;
      var every = curriculum.joint().every();
      if (every > 0
          && (growth + 1) % every == 0
          && !(last && curriculum.joint().finalSteps() > 0)) {
        stages.add(joint("joint-" + ++phases, seen(), curriculum.joint().steps()));
      }
    }
    if (curriculum.joint().finalSteps() > 0) {
      var levels = config.objective().levels();
      var all = new double[] {levels.lowest(), levels.highest()};
      stages.add(joint("joint", all, curriculum.joint().finalSteps()));
    }
    return List.copyOf(stages);
  }

  private Stage growth(int growth) {
    var appends = curriculum.direction() == Direction.LEFT_TO_RIGHT;
    var place = appends ? growth : curriculum.stages() - 1 - growth; // from the left
    var from = place * curriculum.block();
    var added = new BlockSpan(from, from + curriculum.block());
    var executed =
        switch (curriculum.direction()) {
          case LEFT_TO_RIGHT -> new BlockSpan(0, added.to());
          case RIGHT_TO_LEFT -> new BlockSpan(from, layers);
          default -> added;
        };
    var ratios = ratios(growth, place);
    return new Stage(
        stages.size() + 1,
        verb() + "-" + from,
        kind(),
        executed,
        curriculum.freeze() ? added : executed,
        growth == 0 || curriculum.embeddings() == Learning.TRAINED,
        growth == 0 || curriculum.head() == Learning.TRAINED,
        ratios[0],
        ratios[1],
        curriculum.steps().get(growth),
        mechanics(curriculum.freeze() ? executed.size() - added.size() : 0));
  }

  private String verb() {
    return switch (curriculum.direction()) {
      case LEFT_TO_RIGHT -> "append";
      case RIGHT_TO_LEFT -> "prepend";
      default -> "band";
    };
  }

  private Stage.Kind kind() {
    return switch (curriculum.direction()) {
      case LEFT_TO_RIGHT -> Stage.Kind.APPEND;
      case RIGHT_TO_LEFT -> Stage.Kind.PREPEND;
      default -> Stage.Kind.BAND;
    };
  }

  /** Lowest and highest mask ratio of a stage whose blocks have a place counted from the left. */
  private double[] ratios(int growth, int place) {
    var levels =
        curriculum.objectives().isEmpty()
            ? config.objective().levels()
            : config.objective().withKind(curriculum.objectives().get(growth)).levels();
    var band = DepthSchedule.band(curriculum, place, levels);
    return new double[] {band.lowest(), band.highest()};
  }

  private double[] seen() {
    return new double[] {
      stages.stream().mapToDouble(Stage::lowestRatio).min().orElseThrow(),
      stages.stream().mapToDouble(Stage::highestRatio).max().orElseThrow()
    };
  }

  private Stage joint(String name, double[] ratios, long steps) {
    var grown = curriculum.block() * (int) stages.stream().filter(s -> !isJoint(s)).count();
    var all =
        curriculum.direction() == Direction.LEFT_TO_RIGHT
            ? new BlockSpan(0, grown)
            : new BlockSpan(layers - grown, layers);
    return new Stage(
        stages.size() + 1,
        name,
        Stage.Kind.JOINT,
        all,
        all,
        true,
        true,
        ratios[0],
        ratios[1],
        steps,
        // Gains and norms are in the weights that were committed; they must not act twice.
        new Mechanics(
            0, 1, FrozenStorage.COMPUTE, false, 1, 0, false, mechanics(0).frozenUpProjection()));
  }

  private static boolean isJoint(Stage stage) {
    return stage.kind() == Stage.Kind.JOINT;
  }

  /**
   * The mechanics of a stage.
   *
   * @param frozen blocks that compute and do not learn
   */
  private Mechanics mechanics(int frozen) {
    var wanted = curriculum.mechanics();
    var adapts = frozen > 0 && wanted.adapterRank() > 0;
    return new Mechanics(
        adapts ? wanted.adapterRank() : 0,
        adapts ? wanted.adapterScale() : 1,
        adapts ? wanted.frozen() : FrozenStorage.COMPUTE,
        wanted.spectralNorm(),
        wanted.residualGain(),
        frozen > 0 ? wanted.consistency() : 0,
        false,
        wanted.frozenUpProjections());
  }

  private Stage cached(Stage stage) {
    var possible =
        stage.kind() == Stage.Kind.APPEND
            && stage.trained().from() > 0
            && !stage.embeddings()
            && stage.mechanics().adapterRank() == 0;
    var wanted =
        switch (curriculum.cache().kind()) {
          case NONE -> false;
          case DISK -> true;
          case AUTO -> possible && worthCaching.test(stage);
        };
    return possible && wanted ? stage.withCache(true) : stage;
  }
}
