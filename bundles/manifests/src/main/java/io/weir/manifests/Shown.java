package io.weir.manifests;

import io.weir.api.Problem;
import java.util.HexFormat;
import java.util.List;

/**
 * Problems as they are kept and told: what came from a document is quoted in part where it is long,
 * and does not break lines.
 */
final class Shown {
  /** Characters of each part of a sentence. */
  static final int LONGEST = 400;

  private static final HexFormat HEX = HexFormat.of();

  private Shown() {}

  static List<Problem> all(List<Problem> problems) {
    return problems.stream().map(Shown::problem).toList();
  }

  private static Problem problem(Problem problem) {
    return new Problem(
        text(problem.where()),
        text(problem.expected()),
        text(problem.came()),
        text(problem.remedy()));
  }

  private static String text(String text) {
    boolean plain = text.length() <= LONGEST && text.chars().noneMatch(Character::isISOControl);
    if (plain) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    for (char c : text.substring(0, Math.min(text.length(), LONGEST)).toCharArray()) {
      shown.append(Character.isISOControl(c) ? "\\u" + HEX.toHexDigits(c) : String.valueOf(c));
    }
    return shown.append(text.length() > LONGEST ? "…" : "").toString();
  }
}
