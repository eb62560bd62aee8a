package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import java.util.Map;

/**
 * Phases of a curriculum in which everything that was committed learns together.
 *
 * @param every stages between two phases; 0 for none in between
 * @param steps steps of such a phase
 * @param finalSteps steps of a phase after the last stage, on all noise levels of the objective; 0
 *     for none
 * @param learningRateFactor what the learning rate is multiplied with in all of these phases
 */
public record JointSettings(int every, long steps, long finalSteps, double learningRateFactor) {
  /** No such phase. */
  public static final JointSettings NONE = new JointSettings(0, 0, 0, 1);

  private static final String PREFIX = "curriculum.joint.";

  public JointSettings {
    Check.atLeast(PREFIX + "every", every, 0);
    Check.atLeast(PREFIX + "steps", steps, every > 0 ? 1 : 0);
    Check.atLeast("curriculum.joint_final", finalSteps, 0);
    Check.positive(PREFIX + "learning_rate_factor", learningRateFactor);
    if (every == 0 && steps != 0) {
      throw InvalidInputException.of(PREFIX + "steps", steps, "0, where joint.every is 0");
    }
    if (every == 0 && finalSteps == 0 && learningRateFactor != 1) {
      throw InvalidInputException.of(
          PREFIX + "learning_rate_factor",
          learningRateFactor,
          "1.0, where there is neither joint.every nor joint_final");
    }
  }

  static JointSettings read(Section section) {
    var joint = section.section("joint");
    return new JointSettings(
        joint.integer("every", 0),
        joint.whole("steps", 0),
        section.whole("joint_final", 0),
        joint.number("learning_rate_factor", 1));
  }

  void write(Map<String, Object> out) {
    out.put(PREFIX + "every", every);
    out.put(PREFIX + "steps", steps);
    out.put(PREFIX + "learning_rate_factor", learningRateFactor);
    out.put("curriculum.joint_final", finalSteps);
  }

  /** Phases that are followed by another stage, of so many stages. */
  public int between(int stages) {
    return every == 0 ? 0 : (stages - 1) / every;
  }

  /** Whether all blocks learn together after the last of so many stages. */
  public boolean afterTheLast(int stages) {
    return finalSteps > 0 || every > 0 && stages % every == 0;
  }

  /** Whether there is any such phase. */
  public boolean any() {
    return every > 0 || finalSteps > 0;
  }
}
