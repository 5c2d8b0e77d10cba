package io.weir.identity;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads durations as {@code cilium-config} writes them: {@code 30m0s}, {@code 1h}, {@code 90s}. */
final class Patience {
  private static final Pattern PART = Pattern.compile("(\\d+)(h|ms|m|s)");
  private static final Pattern WHOLE = Pattern.compile("(?:\\d+(?:h|ms|m|s))+|0");

  private Patience() {}

  /**
   * The duration.
   *
   * @throws IllegalArgumentException when {@code text} is none
   */
  static Duration parse(String text) {
    String stripped = text.strip();
    if (!WHOLE.matcher(stripped).matches()) {
      throw new IllegalArgumentException(text);
    }
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(stripped);
    while (part.find()) {
      long count = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "h" -> Duration.ofHours(count);
                case "m" -> Duration.ofMinutes(count);
                case "s" -> Duration.ofSeconds(count);
                default -> Duration.ofMillis(count);
              });
    }
    return sum;
  }
}
