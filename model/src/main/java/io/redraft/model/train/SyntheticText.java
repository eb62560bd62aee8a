package io.redraft.model.train;

import io.redraft.model.noise.CounterHash;
import java.util.ArrayList;
import java.util.List;

/** Small documents from a small grammar, always the same ones: enough to see a loss fall. */
final class SyntheticText {
  private static final List<String> WHO =
      List.of("the fox", "the hen", "a child", "the old king", "my aunt", "the tall ship");
  private static final List<String> DID =
      List.of("found", "lost", "painted", "sold", "remembered", "carried");
  private static final List<String> WHAT =
      List.of("a red key", "the long letter", "seven apples", "a map of the sea", "the moon");
  private static final List<String> WHEN =
      List.of("at noon", "in the rain", "before supper", "on the last day", "again");
  private static final int DOCUMENTS = 400;
  private static final int SENTENCES = 6;

  private SyntheticText() {}

  static List<String> documents() {
    List<String> documents = new ArrayList<>();
    for (var d = 0; d < DOCUMENTS; d++) {
      var text = new StringBuilder();
      for (var s = 0; s < SENTENCES; s++) {
        var place = (long) d * SENTENCES + s;
        var who = pick(WHO, place, 0);
        text.append(Character.toUpperCase(who.charAt(0)))
            .append(who, 1, who.length())
            .append(' ')
            .append(pick(DID, place, 1))
            .append(' ')
            .append(pick(WHAT, place, 2))
            .append(' ')
            .append(pick(WHEN, place, 3))
            .append(". ");
      }
      documents.add(text.toString().strip());
    }
    return documents;
  }

  private static String pick(List<String> words, long place, long role) {
    return words.get((int) Long.remainderUnsigned(CounterHash.bits(7, place, role), words.size()));
  }
}
