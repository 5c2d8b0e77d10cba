package io.weir.console;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.weir.console.sysdump.Redaction;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * Records who has changed what: a line of JSON when a command begins, since it may end the engine,
 * and one of the same {@code id} when it has ended, with its exit code. The logger {@code
 * io.weir.audit} has a file of its own.
 */
final class Audit {
  /** How a command stands. */
  static final String BEGUN = "begun";

  private static final String LOGGER = "io.weir.audit";
  private static final int MOST_CHARACTERS = 4000;
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Consumer<String> lines;
  private final Supplier<Instant> clock;
  private final String engine =
      ProcessHandle.current().pid() + "." + Long.toString(System.nanoTime() & 0xffffff, 36) + ".";
  private final AtomicLong count = new AtomicLong();

  Audit() {
    this(line -> LoggerFactory.getLogger(LOGGER).info("{}", line), Instant::now);
  }

  Audit(Consumer<String> lines, Supplier<Instant> clock) {
    this.lines = lines;
    this.clock = clock;
  }

  /** One command under way. */
  final class Entry {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    private Entry(Caller caller, Map<String, String> environment, String command) {
      fields.put("id", engine + count.incrementAndGet());
      fields.put("time", "");
      fields.put("user", plain(caller.name()));
      fields.put("uid", Integer.toUnsignedLong(caller.user()));
      fields.put("gid", Integer.toUnsignedLong(caller.group()));
      fields.put("pid", caller.process());
      if (environment.containsKey("SUDO_USER")) {
        fields.put("sudo", plain(environment.get("SUDO_USER"))); // what the caller says, unproved
      }
      fields.put("command", command);
      write(BEGUN);
    }

    /** Says how it ended: an exit code, and why it was refused, or nothing. */
    void end(int code, String why) {
      if (!why.isEmpty()) {
        fields.put("why", plain(Redaction.text(why)));
      }
      write("exit " + code);
    }

    private void write(String result) {
      fields.put("time", clock.get().toString());
      fields.put("result", result);
      lines.accept(GSON.toJson(fields));
    }
  }

  Entry begin(Call call) {
    return new Entry(call.caller(), call.environment(), command(call.verb(), call.arguments()));
  }

  /** Somebody who was not let in. */
  void refused(Caller caller) {
    new Entry(caller, Map.of(), "").end(Dispatcher.REFUSED, "neither root nor of socket-group");
  }

  /** As it can be typed again, without secrets. */
  static String command(String verb, List<String> arguments) {
    List<?> redacted = (List<?>) Redaction.value(arguments);
    StringBuilder line = new StringBuilder(plain(verb));
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      int equals = argument.indexOf('=');
      boolean secret =
          equals > 0 && Redaction.hides(argument.substring(0, equals).replaceFirst("^-+", ""));
      String word =
          secret
              ? argument.substring(0, equals + 1) + Redaction.MARKER
              : String.valueOf(redacted.get(i));
      line.append(' ').append(quoted(plain(word)));
    }
    return line.length() > MOST_CHARACTERS
        ? line.substring(0, MOST_CHARACTERS) + " …"
        : line.toString();
  }

  private static String quoted(String word) {
    return word.matches("[^\\s'\"]+") ? word : '\'' + word.replace("'", "'\\''") + '\'';
  }

  /** Without what would move a terminal's cursor. */
  private static String plain(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
