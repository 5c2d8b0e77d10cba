package io.weir.console;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * How much is answered at a time. There is one for the bundle: the socket is there before settings
 * are, and goes on while they are replaced.
 */
final class Limits {
  static final Limits OURS = new Limits();

  static final int DEFAULT_CALLS = 128;
  static final int DEFAULT_CONNECTIONS = 512;
  static final int DEFAULT_INPUT_SECONDS = 600;

  /** For which whoever sends its input slowly is not disturbed when others find no room. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Calls of container runtimes that are taken on top: pods start whoever else calls. */
  static final int RESERVE = 32;

  /** The verb of the CNI plugin. */
  static final String RESERVED_VERB = "cni";

  final LongAdder refusedCalls = new LongAdder();
  final LongAdder refusedConnections = new LongAdder();

  /** Connections whose caller said nothing for too long, or longest when others came. */
  final LongAdder silentConnections = new LongAdder();

  /** Calls that were ended because the end of their input did not come. */
  final LongAdder slowInputs = new LongAdder();

  private volatile int inputSeconds = DEFAULT_INPUT_SECONDS;
  private volatile Duration patience = PATIENCE;
  private volatile int calls = DEFAULT_CALLS;
  private volatile int connections = DEFAULT_CONNECTIONS;

  void set(int mostCalls, int mostConnections) {
    calls = mostCalls;
    connections = mostConnections;
  }

  void setInput(int seconds, Duration undisturbed) {
    inputSeconds = seconds;
    patience = undisturbed;
  }

  /** For how long the end of a call's standard input is waited for. */
  int inputSeconds() {
    return inputSeconds;
  }

  Duration patience() {
    return patience;
  }

  int calls() {
    return calls;
  }

  /** Of one verb, so that whoever follows flows leaves room for the others. */
  int callsOfOneVerb() {
    return Math.max(1, calls / 2);
  }

  int connections() {
    return connections;
  }
}
