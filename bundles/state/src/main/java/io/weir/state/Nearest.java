package io.weir.state;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Names that somebody may have meant who wrote another one. */
final class Nearest {
  private static final int MOST = 3;

  private Nearest() {}

  /** At most three, the most alike first. */
  static List<String> to(String name, Collection<String> names) {
    int most = Math.max(2, name.length() / 3);
    return names.stream()
        .filter(other -> distance(name, other) <= most || isPart(name, other))
        .sorted(
            Comparator.<String>comparingInt(other -> distance(name, other))
                .thenComparing(Comparator.naturalOrder()))
        .limit(MOST)
        .toList();
  }

  private static boolean isPart(String name, String other) {
    return name.length() > 3 && other.contains(name);
  }

  /** Levenshtein's: how many letters are put in, left out or replaced. */
  private static int distance(String one, String two) {
    int[] row = new int[two.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (one.charAt(i - 1) == two.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[two.length()];
  }
}
