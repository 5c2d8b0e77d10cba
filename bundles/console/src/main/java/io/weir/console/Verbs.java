package io.weir.console;

import java.util.Collection;
import java.util.Optional;

/** What a word that is no verb was meant to be. */
final class Verbs {
  private Verbs() {}

  /** The verb that differs least from {@code word}, if it is near enough to be a slip. */
  static Optional<String> nearest(String word, Collection<String> verbs) {
    String best = null;
    int least = Math.max(1, word.length() / 3) + 1;
    for (String verb : verbs) {
      int distance = verb.startsWith(word) && word.length() > 1 ? 1 : distance(word, verb);
      if (distance < least) {
        least = distance;
        best = verb;
      }
    }
    return Optional.ofNullable(best);
  }

  /** Letters to put in, take out, replace, or swap with their neighbour. */
  static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        cost[i][j] = i == 0 || j == 0 ? i + j : step(a, b, cost, i, j);
      }
    }
    return cost[a.length()][b.length()];
  }

  private static int step(String a, String b, int[][] cost, int i, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int least =
        Math.min(cost[i - 1][j - 1] + (same ? 0 : 1), Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
  }
}
