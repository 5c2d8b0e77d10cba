package io.weir.console;

import io.weir.api.Problem;
import io.weir.api.SocketCall;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One call, from its first frame to its exit code. It is fed with frames by the connection's thread
 * and read from by the thread that answers it.
 */
final class Call implements SocketCall {
  /** Columns and rows of the client's terminal. */
  record Window(int columns, int rows) {
    static final Window DEFAULT = new Window(80, 24);
  }

  private static final int MOST_ENVIRONMENT_BYTES = Frame.MOST_PAYLOAD_BYTES;

  private final Wire wire;
  private final CallInput in;
  private final CallOutput toOut;
  private final CallOutput toErr;
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<Runnable> onCancel = new ArrayList<>();
  private final List<Runnable> onWindow = new ArrayList<>();
  private int environmentBytes;
  private volatile List<String> words = List.of();
  private volatile Window window = Window.DEFAULT;
  private volatile boolean cancelled;
  private volatile Caller caller = Caller.NOBODY;

  Call(Wire wire) {
    this.wire = wire;
    in = new CallInput(wire);
    toOut = new CallOutput(wire, Frame.OUT);
    toErr = new CallOutput(wire, Frame.ERR);
    out = new PrintStream(toOut, true, StandardCharsets.UTF_8);
    err = new PrintStream(toErr, true, StandardCharsets.UTF_8);
  }

  /**
   * Takes one frame of the client.
   *
   * @return whether the call begins with it
   * @throws io.weir.api.ProblemException for a frame that has no place here
   */
  boolean take(Frame frame) {
    switch (frame.type()) {
      case Frame.ENV -> addEnvironment(frame);
      case Frame.ARGS -> {
        return begin(frame);
      }
      case Frame.STDIN -> in.add(frame.payload());
      case Frame.STDIN_END -> in.end();
      case Frame.WINDOW -> resize(frame);
      case Frame.CANCEL -> cancel();
      default -> throw misplaced("a frame of a client", "type " + frame.type());
    }
    return false;
  }

  private void addEnvironment(Frame frame) {
    environmentBytes += frame.payload().length;
    if (begun() || environmentBytes > MOST_ENVIRONMENT_BYTES) {
      throw misplaced(
          "ENV before ARGS, of at most " + MOST_ENVIRONMENT_BYTES + " bytes",
          begun() ? "ENV after ARGS" : environmentBytes + " bytes");
    }
    for (String word : frame.words()) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        environment.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
  }

  private boolean begin(Frame frame) {
    List<String> given = frame.words();
    if (begun() || given.isEmpty()) {
      throw misplaced("ARGS once, with a verb", begun() ? "them again" : "no word");
    }
    words = List.copyOf(given);
    return true;
  }

  private void resize(Frame frame) {
    if (frame.payload().length != 2 * Short.BYTES) {
      throw misplaced("WINDOW of 4 bytes", frame.payload().length + "");
    }
    ByteBuffer numbers = ByteBuffer.wrap(frame.payload());
    Window size =
        new Window(
            Short.toUnsignedInt(numbers.getShort()), Short.toUnsignedInt(numbers.getShort()));
    List<Runnable> told;
    synchronized (this) {
      window = size;
      told = List.copyOf(onWindow);
    }
    told.forEach(Runnable::run);
  }

  private static RuntimeException misplaced(String expected, String came) {
    return Problem.of("weir.sock", expected, came).asException();
  }

  Caller caller() {
    return caller;
  }

  void caller(Caller known) {
    caller = known;
  }

  boolean begun() {
    return !words.isEmpty();
  }

  /** The client asked to stop, or has gone. */
  void cancel() {
    List<Runnable> told;
    synchronized (this) {
      if (cancelled) {
        return;
      }
      cancelled = true;
      told = List.copyOf(onCancel);
    }
    in.end();
    told.forEach(Runnable::run);
  }

  String verb() {
    return words.get(0);
  }

  @Override
  public List<String> arguments() {
    return words.subList(1, words.size());
  }

  @Override
  public Map<String, String> environment() {
    return Map.copyOf(environment);
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public PrintStream out() {
    return out;
  }

  @Override
  public PrintStream err() {
    return err;
  }

  @Override
  public boolean cancelled() {
    return cancelled;
  }

  @Override
  public void onCancel(Runnable action) {
    synchronized (this) {
      if (!cancelled) {
        onCancel.add(action);
        return;
      }
    }
    action.run();
  }

  /** Whether something has been said to the client. */
  boolean answered() {
    return toOut.written() || toErr.written();
  }

  /** Nanoseconds for which it has waited for the end of its input; 0 if it does not. */
  long waitsForInput() {
    return in.waited();
  }

  /** Ends a call that waits for its input. */
  void cutInput(String why) {
    in.cut(why);
  }

  Window window() {
    return window;
  }

  synchronized void onWindow(Runnable action) {
    onWindow.add(action);
  }

  /** Makes the client's terminal raw, or as it was. */
  void raw(boolean raw) {
    in.typed();
    wire.send(Frame.of(Frame.TERMINAL, (byte) (raw ? 1 : 0)));
  }

  /**
   * Has the client ask again, whom the next console answers.
   *
   * @return the exit code for clients that do not
   */
  int askAgain() {
    wire.send(Frame.of(Frame.AGAIN));
    return Dispatcher.MISUSED;
  }

  /** Ends the call. */
  void exit(int code) {
    out.flush();
    err.flush();
    wire.send(Frame.exit(code));
  }
}
