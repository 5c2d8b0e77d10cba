package io.weir.console;

import io.weir.api.Listing;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.security.auth.Subject;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.apache.karaf.jaas.boot.principal.UserPrincipal;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.apache.karaf.shell.support.CommandException;

/**
 * The console's commands of scope {@code weir}, as verbs. They run with their words as they came,
 * without the shell's quoting.
 */
final class Commands {
  private static final String SCOPE = "weir";
  private static final Subject ROOT =
      new Subject(
          true,
          Set.of(
              new UserPrincipal("root"),
              new RolePrincipal("admin"),
              new RolePrincipal("manager"),
              new RolePrincipal("viewer"),
              new RolePrincipal("systembundles")),
          Set.of(),
          Set.of());

  private final SessionFactory sessions;
  private final String engine;

  Commands(SessionFactory sessions, String engine) {
    this.sessions = sessions;
    this.engine = engine;
  }

  String engine() {
    return engine;
  }

  /** Does as root does, for those who may call are root. */
  static <T> T asRoot(PrivilegedExceptionAction<T> action) throws Exception {
    try {
      return Subject.doAs(ROOT, action);
    } catch (PrivilegedActionException e) {
      throw e.getException();
    }
  }

  boolean has(String verb) {
    return find(verb) != null;
  }

  List<String> names() {
    return List.copyOf(meanings().keySet());
  }

  Map<String, String> meanings() {
    Map<String, String> meanings = new TreeMap<>();
    for (Command command : sessions.getRegistry().getCommands()) {
      if (command.getScope().equals(SCOPE)) {
        meanings.put(command.getName(), command.getDescription());
      }
    }
    return meanings;
  }

  private Command find(String verb) {
    return sessions.getRegistry().getCommand(SCOPE, verb);
  }

  /** Runs the command; what it returns is printed as the call wants it. */
  int run(Call call) throws Exception {
    List<Object> words = new ArrayList<>();
    boolean json = takeFormat(call.arguments(), words);
    Object result;
    try (Interruption interruption = new Interruption()) {
      call.onCancel(interruption::happen);
      result = execute(call, words);
    }
    if (result instanceof Listing listing) {
      call.out().print(json ? Listings.json(listing) : Listings.table(listing));
      return listing.complete() ? Dispatcher.DONE : Dispatcher.REFUSED;
    }
    if (result != null) {
      call.out().println(result);
    }
    return Dispatcher.DONE;
  }

  /** What the console prints for {@code --help}, in the words of a caller from outside. */
  int help(Call call) throws Exception {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(text, true, StandardCharsets.UTF_8);
    Session session = sessions.create(call.in(), out, out);
    try {
      asRoot(
          () ->
              session.execute(
                  SCOPE + ":" + call.verb() + " --help")); // a name, so nothing to quote
    } finally {
      session.close();
    }
    call.out()
        .print(
            text.toString(StandardCharsets.UTF_8)
                .replaceAll("\u001b\\[[0-9;]*m", "")
                .replace(SCOPE + ":" + call.verb(), SCOPE + " " + call.verb()));
    return Dispatcher.DONE;
  }

  private Object execute(Call call, List<Object> words) throws Exception {
    Command command = find(call.verb());
    if (command == null) {
      throw new CommandException("has just been taken away with its bundle");
    }
    Session session = sessions.create(call.in(), call.out(), call.err());
    try {
      return asRoot(() -> command.execute(session, words));
    } finally {
      session.close();
    }
  }

  /** Takes {@code -o FORMAT} out; whether it is JSON. */
  static boolean takeFormat(List<String> arguments, List<? super String> rest)
      throws CommandException {
    String format = "table";
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      if (!word.equals("-o") && !word.equals("--output")) {
        rest.add(word);
      } else if (++i < arguments.size()) {
        format = arguments.get(i);
      } else {
        throw new CommandException(word + ": expected json or table after it");
      }
    }
    if (!format.equals("json") && !format.equals("table")) {
      throw new CommandException("-o: expected json or table, got " + format);
    }
    return format.equals("json");
  }
}
