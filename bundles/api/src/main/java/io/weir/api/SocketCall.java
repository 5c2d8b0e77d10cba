package io.weir.api;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** One call on {@code weir.sock}: a command line, an environment, and three streams. */
public interface SocketCall {
  /** The words after the verb. */
  List<String> arguments();

  /**
   * The variables that the client sends: those of CNI for {@code cni}, {@code PWD}, {@code TERM}.
   */
  Map<String, String> environment();

  InputStream in();

  /** UTF-8, flushed at each line end. */
  PrintStream out();

  PrintStream err();

  /** Whether the client has gone away or asked to stop ({@code ^C}); streams end then. */
  boolean cancelled();

  /** Runs {@code action}, on any thread, once {@link #cancelled} becomes true; at once if it is. */
  void onCancel(Runnable action);
}
