package io.redraft.model.evaluate;

import java.util.List;

/**
 * How often words break the rules of their script: a word is wrong if it mixes scripts inside, or
 * if it has a script that its prompt has not. A prompt without a letter allows all scripts. Words
 * are runs of letters; numbers are none.
 *
 * @param words words that were written
 * @param mixed words that mix scripts
 * @param foreign words with a script that the prompt has not
 * @param wrong words that are one or both
 */
public record ScriptErrors(long words, long mixed, long foreign, long wrong) {
  /**
   * What was written after a prompt.
   *
   * @param prompt what was given
   * @param written what came after it
   */
  public record Case(String prompt, String written) {}

  /** Counts. */
  public static ScriptErrors of(List<Case> cases) {
    long words = 0;
    long mixed = 0;
    long foreign = 0;
    long wrong = 0;
    for (Case one : cases) {
      var allowed = Scripts.withCompanions(Scripts.of(one.prompt()));
      for (Words.Word word : Words.of(one.written())) {
        var scripts = Scripts.of(word.spelling());
        boolean mixes = Scripts.mixed(scripts);
        boolean leaves = !allowed.isEmpty() && !allowed.containsAll(scripts);
        words++;
        mixed += mixes ? 1 : 0;
        foreign += leaves ? 1 : 0;
        wrong += mixes || leaves ? 1 : 0;
      }
    }
    return new ScriptErrors(words, mixed, foreign, wrong);
  }

  /** As measures. */
  public List<Measure> measures() {
    return List.of(
        Measure.count("script_words", "words", words),
        Measure.share("script_mixed", "words that mix scripts", (double) mixed / words),
        Measure.share(
            "script_foreign", "words outside the prompt's scripts", (double) foreign / words),
        Measure.share("script_error_rate", "either", (double) wrong / words));
  }
}
