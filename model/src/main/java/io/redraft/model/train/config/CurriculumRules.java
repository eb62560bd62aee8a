package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.objective.Objective;
import io.redraft.model.train.config.CurriculumSettings.Direction;
import io.redraft.model.train.config.CurriculumSettings.Learning;
import io.redraft.model.train.config.CurriculumSettings.Time;
import java.util.function.Function;

/**
 * What settings of a curriculum contradict each other, or other sections of the file. Every refusal
 * names the key that has to change, and the one that it contradicts.
 */
final class CurriculumRules {
  private static final String PREFIX = "curriculum.";

  /** {@code training.steps} where a file says nothing. */
  private static final long USUAL_STEPS = 10_000;

  private final CurriculumSettings curriculum;
  private final boolean bands;

  private CurriculumRules(CurriculumSettings curriculum) {
    this.curriculum = curriculum;
    this.bands = curriculum.direction() == Direction.NOISE_BANDS;
  }

  static void check(
      CurriculumSettings curriculum,
      ModelSettings model,
      ObjectiveSettings objective,
      LoopSettings loop) {
    if (curriculum.none()) {
      return;
    }
    var rules = new CurriculumRules(curriculum);
    rules.checkLists(model, loop);
    rules.checkTime(model);
    rules.checkLearning(model);
    rules.checkMechanics();
    rules.checkCache();
    rules.checkModel(model);
    rules.checkObjective(objective, model);
    rules.checkJoint(objective);
  }

  private void checkLists(ModelSettings model, LoopSettings loop) {
    var stages = model.layers() / curriculum.block();
    var each = "1 or %d (model.layers / curriculum.block) of them".formatted(stages);
    allow(curriculum.stages() == stages, "steps", curriculum.steps(), each);
    var total = curriculum.steps().stream().mapToLong(Long::longValue).sum();
    if (loop.steps() != total && loop.steps() != USUAL_STEPS) {
      throw InvalidInputException.of(
          "training.steps",
          loop.steps(),
          "nothing, or %d, the sum of curriculum.steps".formatted(total));
    }
    var objectives = curriculum.objectives().size();
    allow(
        objectives == 0 || objectives == stages,
        "objectives",
        curriculum.objectives().stream().map(Objective::key).toList(),
        "none, or %d of them, one a stage".formatted(stages));
    var scheduled = !bands && curriculum.time() != Time.INPUT;
    allow(
        curriculum.ratios().size() == (scheduled ? stages : 0),
        "ratios",
        curriculum.ratios(),
        scheduled
            ? "%d of them (model.layers / curriculum.block)".formatted(stages)
            : "none, where " + sharing());
    allow(scheduled || curriculum.band() == 0, "band", curriculum.band(), "0, where " + sharing());
    allow(
        !scheduled || curriculum.time() != Time.HYBRID || curriculum.band() > 0,
        "band",
        curriculum.band(),
        "more than 0, where curriculum.time is hybrid");
  }

  private String sharing() {
    return bands ? "curriculum.direction is noise-bands" : "curriculum.time is input";
  }

  private void checkTime(ModelSettings model) {
    allow(
        !bands || curriculum.time() != Time.INPUT,
        "time",
        Check.key(curriculum.time()),
        "depth, hybrid, where curriculum.direction is noise-bands");
    allow(
        curriculum.time() != Time.HYBRID || curriculum.direction() != Direction.LEFT_TO_RIGHT,
        "time",
        Check.key(curriculum.time()),
        "input, depth, where curriculum.direction is left-to-right");
    if (curriculum.time() == Time.DEPTH && !model.time().none()) {
      throw InvalidInputException.of(
          "model.time_conditioning",
          Check.key(model.time().kind()),
          "none, where curriculum.time is depth, which tells the network nothing");
    }
  }

  private void checkLearning(ModelSettings model) {
    var appends = curriculum.direction() == Direction.LEFT_TO_RIGHT;
    allow(
        curriculum.freeze() || appends,
        "freeze",
        curriculum.freeze(),
        "true, where curriculum.direction is " + Check.key(curriculum.direction()));
    allowEach(
        learning -> !bands || learning == Learning.ANCHORED,
        "anchored, where curriculum.direction is noise-bands: no block may change what others read");
    if (model.tiedHead() && curriculum.head() != curriculum.embeddings()) {
      throw InvalidInputException.of(
          "model.tied_head",
          true,
          "false, where curriculum.head is %s and curriculum.embeddings are %s"
              .formatted(Check.key(curriculum.head()), Check.key(curriculum.embeddings())));
    }
    allow(
        !bands || !curriculum.joint().any(),
        curriculum.joint().every() > 0 ? "joint.every" : "joint_final",
        curriculum.joint().every() > 0
            ? curriculum.joint().every()
            : curriculum.joint().finalSteps(),
        "0, where curriculum.direction is noise-bands: its blocks never follow one another");
  }

  private void allowEach(Function<Learning, Boolean> allowed, String what) {
    allow(allowed.apply(curriculum.head()), "head", Check.key(curriculum.head()), what);
    allow(
        allowed.apply(curriculum.embeddings()),
        "embeddings",
        Check.key(curriculum.embeddings()),
        what);
  }

  private void checkMechanics() {
    var mechanics = curriculum.mechanics();
    allow(
        mechanics.adapterRank() == 0 || !bands && curriculum.freeze(),
        "adapters.rank",
        mechanics.adapterRank(),
        "0, where no frozen block computes ("
            + (bands ? "direction noise-bands" : "freeze false")
            + ")");
    allow(
        mechanics.residualGain() == 1 || curriculum.freeze(),
        "residual_gain",
        mechanics.residualGain(),
        "1.0, where curriculum.freeze is false: blocks that learn again already have it in their"
            + " weights");
    allow(
        mechanics.consistency() == 0 || curriculum.direction() == Direction.RIGHT_TO_LEFT,
        "consistency",
        mechanics.consistency(),
        "0, where curriculum.direction is "
            + Check.key(curriculum.direction())
            + ": no trained block follows the new ones");
  }

  private void checkCache() {
    var cache = curriculum.cache();
    var key = Check.key(cache.kind());
    if (cache.kind() == CacheSettings.Kind.NONE) {
      return;
    }
    allow(
        curriculum.direction() == Direction.LEFT_TO_RIGHT,
        "cache",
        key,
        "none, where curriculum.direction is "
            + Check.key(curriculum.direction())
            + ": no frozen block precedes the new ones");
    allow(curriculum.freeze(), "cache", key, "none, where curriculum.freeze is false");
    if (cache.kind() == CacheSettings.Kind.DISK) {
      allow(
          curriculum.embeddings() == Learning.ANCHORED,
          "embeddings",
          Check.key(curriculum.embeddings()),
          "anchored (and a head that is, or is not tied), where curriculum.cache is disk");
      allow(
          curriculum.mechanics().adapterRank() == 0,
          "adapters.rank",
          curriculum.mechanics().adapterRank(),
          "0, where curriculum.cache is disk");
    }
  }

  private void checkModel(ModelSettings model) {
    if (model.attention() == AttentionMode.CAUSAL) {
      throw InvalidInputException.of(
          "model.attention", "causal", "bidirectional, for a curriculum");
    }
    if (model.initial() != null) {
      throw InvalidInputException.of("model.initial", model.initial(), "none, for a curriculum");
    }
  }

  private void checkObjective(ObjectiveSettings objective, ModelSettings model) {
    refuseIf(objective.blockCausal().share() > 0, "block_causal", objective.blockCausal().share());
    refuseIf(objective.blocks().share() > 0, "blocks", objective.blocks().share());
    refuseIf(objective.certainty().weight() > 0, "certainty", objective.certainty().weight());
    var stages = objective.curriculum();
    if (!stages.stages().isEmpty()) {
      throw InvalidInputException.of(
          "objective.curriculum", stages.written(), "none, for a curriculum of blocks");
    }
    if (objective.noiseHead()) {
      throw InvalidInputException.of(
          "objective.predict",
          Check.key(objective.corruption().prediction().target()),
          "tokens, for a curriculum");
    }
    for (var kind : curriculum.objectives()) {
      allow(
          kind != Objective.CAUSAL && (kind != Objective.MLM || model.time().none()),
          "objectives",
          kind.key(),
          "objectives of a denoiser; mlm where model.time_conditioning is none");
      var levels =
          objective.withKind(kind).levels(); // refuses settings that this kind does not read
      allow(
          !bands || sameRange(levels, objective.levels()),
          "objectives",
          kind.key(),
          "objectives with the noise levels of objective.kind, of which every band has a share");
    }
  }

  private static boolean sameRange(NoiseLevels a, NoiseLevels b) {
    return a.lowest() == b.lowest() && a.highest() == b.highest();
  }

  /**
   * Where blocks have mask ratios of their own, a phase between stages makes one denoiser of all
   * blocks so far: a suffix of them, alone, is none any more. A network of such blocks and others
   * that stand for their ratio alone is neither an ordinary one nor one whose depth is time.
   */
  private void checkJoint(ObjectiveSettings objective) {
    var joint = curriculum.joint();
    var stages = curriculum.stages();
    allow(
        joint.between(stages) == 0
            || joint.afterTheLast(stages)
            || curriculum.withoutFinalPhase().depth(objective.levels()).none(),
        "joint.every",
        joint.every(),
        "0, a divisor of the %d stages, or any with curriculum.joint_final: where blocks have mask"
                .formatted(stages)
            + " ratios of their own, all of them learn together last, or none do");
  }

  private static void refuseIf(boolean set, String key, double value) {
    if (set) {
      throw InvalidInputException.of("objective." + key, value, "0, for a curriculum");
    }
  }

  private static void allow(boolean allowed, String key, Object value, String what) {
    if (!allowed) {
      throw InvalidInputException.of(PREFIX + key, value, what);
    }
  }
}
