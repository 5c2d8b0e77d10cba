package io.weir.api;

import java.util.Objects;

/**
 * What is wrong, in one sentence: where it is, what was expected there, what came instead, and what
 * to do about it.
 *
 * @param where file and line, kind and name, path inside; or the part of the system: {@code
 *     a.yaml:12: Service/default/web: spec.ports[0].port}
 * @param expected a noun phrase: {@code a port number between 1 and 65535}; empty where {@code
 *     came} says all
 * @param came a noun phrase or clause: {@code "http!"}, {@code Permission denied}
 * @param remedy an imperative clause, or empty: {@code install libbpf1}
 */
public record Problem(String where, String expected, String came, String remedy) {
  public Problem {
    Objects.requireNonNull(where);
    Objects.requireNonNull(expected);
    Objects.requireNonNull(came);
    Objects.requireNonNull(remedy);
  }

  public static Problem of(String where, String expected, String came) {
    return new Problem(where, expected, came, "");
  }

  /** A problem that needs no contrast: {@code where: what}. */
  public static Problem of(String where, String what) {
    return new Problem(where, "", what, "");
  }

  public Problem remedy(String todo) {
    return new Problem(where, expected, came, todo);
  }

  /** {@code where: expected E, got C; remedy}. */
  public String sentence() {
    StringBuilder text = new StringBuilder(where).append(": ");
    if (expected.isEmpty()) {
      text.append(came);
    } else {
      text.append("expected ").append(expected).append(", got ").append(came);
    }
    if (!remedy.isEmpty()) {
      text.append("; ").append(remedy);
    }
    return text.toString();
  }

  public ProblemException asException() {
    return new ProblemException(this);
  }
}
