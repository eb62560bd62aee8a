package io.redraft.model;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Numbers of bytes as people write them: {@code 141GB} and {@code 1.5 TB} in powers of 1000, {@code
 * 4 GiB} in powers of 1024, and a bare number of bytes.
 */
public final class ByteCount {
  private static final Pattern FORM = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,6})?)\\s*([A-Za-z]*)");
  private static final String ALLOWED = "a number of bytes such as 4 GiB, 141GB, 500 MB";
  private static final Map<String, Double> UNITS =
      Map.of(
          "", 1.0, "B", 1.0, "kB", 1e3, "MB", 1e6, "GB", 1e9, "TB", 1e12, "KiB", 0x1p10, "MiB",
          0x1p20, "GiB", 0x1p30, "TiB", 0x1p40);
  private static final String[] NAMES = {"KiB", "MiB", "GiB", "TiB"};

  private ByteCount() {}

  /**
   * Reads a number of bytes.
   *
   * @param field the option or key that it came from
   * @throws InvalidInputException if it is none, or has a unit that is not known
   */
  public static long parse(String field, String text) {
    var matcher = FORM.matcher(text.strip());
    if (!matcher.matches() || !UNITS.containsKey(matcher.group(2))) {
      throw InvalidInputException.of(field, text, ALLOWED);
    }
    var bytes = Double.parseDouble(matcher.group(1)) * UNITS.get(matcher.group(2));
    if (!(bytes < 0x1p62)) {
      throw InvalidInputException.of(field, text, ALLOWED);
    }
    return Math.round(bytes);
  }

  /** A number of bytes in the largest binary unit of which there is one at least. */
  public static String format(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    var unit = Math.min(NAMES.length, (63 - Long.numberOfLeadingZeros(bytes)) / 10);
    return String.format(Locale.ROOT, "%.1f %s", bytes / Math.pow(1024, unit), NAMES[unit - 1]);
  }
}
