package io.weir.flows;

/** A command line that cannot be understood: exit code 2. */
final class Misuse extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Misuse(String message) {
    super(message, null, false, false);
  }
}
