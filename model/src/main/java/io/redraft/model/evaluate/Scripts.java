package io.redraft.model.evaluate;

import java.lang.Character.UnicodeScript;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The scripts of a text, as Unicode assigns them to characters (UAX #24). What all scripts share,
 * marks that take the script of what they stand on, and unassigned characters belong to none.
 * Scripts that one language writes together count as one (UTS #39, section 5.1).
 */
final class Scripts {
  private static final Set<UnicodeScript> NONE =
      EnumSet.of(UnicodeScript.COMMON, UnicodeScript.INHERITED, UnicodeScript.UNKNOWN);

  private static final List<Set<UnicodeScript>> WRITTEN_TOGETHER =
      List.of(
          EnumSet.of(UnicodeScript.HAN, UnicodeScript.HIRAGANA, UnicodeScript.KATAKANA),
          EnumSet.of(UnicodeScript.HAN, UnicodeScript.HANGUL),
          EnumSet.of(UnicodeScript.HAN, UnicodeScript.BOPOMOFO));

  private Scripts() {}

  /** The scripts of a text's characters. */
  static Set<UnicodeScript> of(String text) {
    Set<UnicodeScript> scripts = EnumSet.noneOf(UnicodeScript.class);
    text.codePoints().mapToObj(UnicodeScript::of).forEach(scripts::add);
    scripts.removeAll(NONE);
    return scripts;
  }

  /** Whether no language writes all of these together. */
  static boolean mixed(Set<UnicodeScript> scripts) {
    return scripts.size() > 1
        && WRITTEN_TOGETHER.stream().noneMatch(together -> together.containsAll(scripts));
  }

  /** These scripts and those that are written together with one of them; Han alone brings none. */
  static Set<UnicodeScript> withCompanions(Set<UnicodeScript> scripts) {
    Set<UnicodeScript> all = EnumSet.noneOf(UnicodeScript.class);
    all.addAll(scripts);
    for (Set<UnicodeScript> together : WRITTEN_TOGETHER) {
      if (together.stream().anyMatch(s -> s != UnicodeScript.HAN && scripts.contains(s))) {
        all.addAll(together);
      }
    }
    return all;
  }
}
