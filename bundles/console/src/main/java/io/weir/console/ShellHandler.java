package io.weir.console;

import io.weir.api.Problem;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;

/** The container's console on the caller's terminal: {@code weir shell}. */
final class ShellHandler implements SocketHandler {
  private final SessionFactory sessions;
  private final AtomicBoolean first = new AtomicBoolean(true);
  private final BooleanSupplier wanted;

  /**
   * @param wanted asked at each call
   */
  ShellHandler(SessionFactory sessions, BooleanSupplier wanted) {
    this.sessions = sessions;
    this.wanted = wanted;
  }

  @Override
  public String verb() {
    return "shell";
  }

  @Override
  public Help help() {
    return new Help(
        "shell",
        "The container's console, interactively, with all commands of all scopes.\n"
            + "It ends with exit, or ^D.");
  }

  @Override
  public int handle(SocketCall socketCall) throws Exception {
    if (!wanted.getAsBoolean()) {
      throw Problem.of("shell", "a node where it is wanted", "enable-shell=false")
          .remedy("weir config set enable-shell=true")
          .asException();
    }
    Call call = (Call) socketCall;
    if (first.getAndSet(false)) {
      PrintStream nowhere =
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
      // Karaf keeps its first session for good, with the terminal and all commands that it has
      // seen, and so the class loaders of their bundles. This one has neither.
      sessions.create(InputStream.nullInputStream(), nowhere, nowhere, null, "UTF-8", null);
    }
    call.raw(true);
    try (SocketTerminal terminal = new SocketTerminal(call)) {
      call.onWindow(() -> resize(terminal, call.window()));
      resize(terminal, call.window());
      Commands.asRoot(
          () -> {
            Session session =
                sessions.create(
                    terminal.input(),
                    terminal.print(),
                    terminal.print(),
                    terminal,
                    "UTF-8",
                    () -> {});
            call.onCancel(session::close);
            session.put("USER", "root");
            session.put(Session.SCOPE, "weir:shell:bundle:*");
            session.run();
            return null;
          });
    } finally {
      call.out().flush();
      call.raw(false);
    }
    return Dispatcher.DONE;
  }

  private static void resize(SocketTerminal terminal, Call.Window window) {
    if (window.columns() > 0 && window.rows() > 0) {
      terminal.setSize(new Size(window.columns(), window.rows()));
      terminal.raise(Terminal.Signal.WINCH);
    }
  }
}
