package io.weir.api;

/**
 * Answers one verb of {@code weir.sock}; registered as a service. Verbs that no handler answers are
 * console commands of scope {@code weir}. A handler is for what streams or reads standard input;
 * anything that prints rows is a command.
 */
public interface SocketHandler {
  /** The first word of the command line: {@code apply}. */
  String verb();

  /** For {@code weir --help}: the arguments, then what it does, on one line each. */
  Help help();

  /**
   * Handles one call on a thread of its own.
   *
   * @return the exit code; 0 is success, 1 a refusal, 2 a command line that cannot be understood
   * @throws ProblemException printed to the caller as its sentence, exit code 1
   */
  int handle(SocketCall call) throws Exception;

  /** Usage and meaning of a verb: {@code apply -f FILE|DIR|- [--no-wait]}. */
  record Help(String usage, String meaning) {}
}
