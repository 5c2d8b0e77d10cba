package io.weir.console;

import java.io.PrintStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Registry;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;

/** A container's shell of commands that are lambdas. */
final class FakeShell {
  /** What a command does. */
  @FunctionalInterface
  interface Body {
    Object execute(Session session, List<Object> words) throws Exception;
  }

  private final Map<String, Command> commands = new LinkedHashMap<>();

  /** What was to be executed as a line, by {@code --help}. */
  final List<String> lines = new ArrayList<>();

  /** What is printed for a line. */
  String help = "";

  int openSessions;

  FakeShell command(String scope, String name, String description, Body body) {
    commands.put(
        scope + ":" + name,
        fake(
            Command.class,
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getScope" -> scope;
                  case "getName" -> name;
                  case "getDescription" -> description;
                  case "execute" -> body.execute((Session) arguments[0], words(arguments[1]));
                  default -> throw new UnsupportedOperationException(method.toString());
                }));
    return this;
  }

  SessionFactory sessions() {
    Registry registry =
        fake(
            Registry.class,
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getCommands" -> List.copyOf(commands.values());
                  case "getCommand" -> commands.get(arguments[0] + ":" + arguments[1]);
                  default -> throw new UnsupportedOperationException(method.toString());
                });
    return fake(
        SessionFactory.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "getRegistry" -> registry;
              case "create" -> session((PrintStream) arguments[1]);
              default -> throw new UnsupportedOperationException(method.toString());
            });
  }

  private Session session(PrintStream console) {
    openSessions++;
    return fake(
        Session.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "getConsole" -> console;
              case "execute" -> {
                lines.add(arguments[0].toString());
                console.print(help);
                yield null;
              }
              case "close" -> {
                openSessions--;
                yield null;
              }
              default -> throw new UnsupportedOperationException(method.toString());
            });
  }

  @SuppressWarnings("unchecked")
  private static List<Object> words(Object list) {
    return (List<Object>) list;
  }

  private static <T> T fake(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
