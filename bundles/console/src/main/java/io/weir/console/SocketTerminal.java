package io.weir.console;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import org.apache.karaf.shell.api.console.SignalListener;
import org.jline.terminal.impl.ExternalTerminal;

/**
 * The caller's terminal, as the shell wants it: bytes of a raw terminal in and out, and JLine's
 * line discipline in between, which makes signals of keys.
 */
final class SocketTerminal extends ExternalTerminal
    implements org.apache.karaf.shell.api.console.Terminal {
  private final SignalListeners listeners = new SignalListeners();
  private final PrintStream print;

  SocketTerminal(Call call) throws IOException {
    super(
        "weir",
        call.environment().getOrDefault("TERM", "dumb"),
        call.in(),
        call.out(),
        StandardCharsets.UTF_8);
    print = new PrintStream(output(), true, StandardCharsets.UTF_8);
  }

  PrintStream print() {
    return print;
  }

  @Override
  public int getWidth() {
    return getSize().getColumns();
  }

  @Override
  public int getHeight() {
    return getSize().getRows();
  }

  @Override
  public boolean isAnsiSupported() {
    return !getType().equals("dumb");
  }

  @Override
  public boolean isEchoEnabled() {
    return echo();
  }

  @Override
  public void setEchoEnabled(boolean enabled) {
    echo(enabled);
  }

  @Override
  public void addSignalListener(SignalListener listener) {
    listeners.add(listener, EnumSet.allOf(org.apache.karaf.shell.api.console.Signal.class));
  }

  @Override
  public void addSignalListener(
      SignalListener listener, org.apache.karaf.shell.api.console.Signal... signals) {
    listeners.add(listener, Arrays.asList(signals));
  }

  @Override
  public void addSignalListener(
      SignalListener listener, EnumSet<org.apache.karaf.shell.api.console.Signal> signals) {
    listeners.add(listener, signals);
  }

  @Override
  public void removeSignalListener(SignalListener listener) {
    listeners.remove(listener);
  }

  @Override
  public void raise(Signal signal) {
    super.raise(signal);
    if (listeners != null) { // the constructor of the discipline raises already
      listeners.raise(signal.name());
    }
  }
}
