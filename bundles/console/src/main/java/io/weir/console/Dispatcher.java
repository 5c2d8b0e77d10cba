package io.weir.console;

import io.weir.api.ProblemException;
import io.weir.api.SocketHandler;
import io.weir.console.swap.Changes;
import java.io.InterruptedIOException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.karaf.shell.support.CommandException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds who answers a verb, and turns what comes of it into an exit code: a {@link SocketHandler},
 * else a console command, else a word about the verb that was meant.
 */
final class Dispatcher {
  static final int DONE = 0;
  static final int REFUSED = 1;
  static final int MISUSED = 2;
  static final int INTERRUPTED = 130;

  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final List<String> HELP = List.of("--help", "-h");

  private final Supplier<Collection<SocketHandler>> handlers;
  private final Commands commands;
  private final Audit audit;
  private final Replacements replacements;
  private final Changes changes;

  Dispatcher(
      Supplier<Collection<SocketHandler>> handlers,
      Commands commands,
      Audit audit,
      Replacements replacements,
      Changes changes) {
    this.handlers = handlers;
    this.commands = commands;
    this.audit = audit;
    this.replacements = replacements;
    this.changes = changes;
  }

  /** Answers the call, to its exit code. */
  void answer(Call call) {
    int code = REFUSED;
    String why = "";
    Optional<Audit.Entry> entry = Optional.empty();
    Patience patience = new Patience(replacements, changes, call, () -> isKnown(call.verb()));
    try {
      patience.awaitVerb();
      boolean recorded = isRecorded(call);
      try (Changes.Turn turn = takesTurns(call) ? patience.awaitTurn() : Changes.NONE) {
        patience.awaitVerb(); // its bundle may have been replaced while this waited for its turn
        if (call.cancelled()) {
          code = INTERRUPTED;
          return;
        }
        if (recorded && !isKnown(call.verb())) {
          throw unknown(call.verb());
        }
        entry = recorded ? Optional.of(audit.begin(call)) : Optional.empty();
        code = recorded ? dispatch(call) : patience.outlast(() -> dispatch(call));
      }
    } catch (ProblemException e) {
      why = e.problem().sentence();
      call.err().println(why);
    } catch (CommandException e) {
      if (!isKnown(call.verb()) && entry.isEmpty() && patience.isForTheNext()) {
        code = call.askAgain();
        return;
      }
      call.err().println("weir " + call.verb() + ": " + sentence(call.verb(), e));
      code = MISUSED;
    } catch (InterruptedException | InterruptedIOException e) {
      code = INTERRUPTED;
    } catch (Exception | LinkageError e) {
      if (entry.isEmpty() && patience.isForTheNext()) {
        code = call.askAgain();
        return;
      }
      code = call.cancelled() ? INTERRUPTED : REFUSED;
      if (!call.cancelled()) {
        LOG.error("weir {}: {}", call.verb(), e.toString(), e);
        call.err()
            .println(
                "weir "
                    + call.verb()
                    + ": an error of the engine, in its log with all of it: "
                    + e);
      }
    } finally {
      int ended = code;
      String because = why;
      entry.ifPresent(begun -> begun.end(ended, because));
      call.exit(code);
    }
  }

  private boolean isKnown(String verb) {
    return verb.equals("help")
        || HELP.contains(verb)
        || handler(verb).isPresent()
        || commands.has(verb);
  }

  /**
   * What changes something, as a verb may that is not known yet; and what is root's, since that
   * somebody else tries to matters too.
   */
  private boolean isRecorded(Call call) {
    String verb = call.verb();
    return !asksForHelp(call.arguments())
        && !HELP.contains(verb)
        && (Rights.changes(verb, call.arguments())
            || !call.caller().master() && Rights.isRoots(verb, call.arguments()));
  }

  /** What changes something, but for what replaces bundles itself, or lasts as a shell does. */
  private boolean takesTurns(Call call) {
    return isRecorded(call) && !Rights.isRoots(call.verb(), call.arguments());
  }

  private static String sentence(String verb, CommandException e) {
    String message = e.getMessage();
    return message == null || message.isEmpty()
        ? "is not understood; see weir " + verb + " --help"
        : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
  }

  private int dispatch(Call call) throws Exception {
    String verb = call.verb();
    if (verb.equals("help") || HELP.contains(verb)) {
      call.out().print(overview());
      return DONE;
    }
    boolean helpWanted = asksForHelp(call.arguments());
    Optional<SocketHandler> handler = handler(verb);
    if (!helpWanted) {
      Rights.check(call.caller(), verb, call.arguments());
    }
    if (handler.isPresent()) {
      if (helpWanted) {
        SocketHandler.Help help = handler.get().help();
        call.out().print("usage: weir " + help.usage() + "\n\n" + help.meaning() + "\n");
        return DONE;
      }
      return handler.get().handle(call);
    }
    if (commands.has(verb)) {
      return helpWanted ? commands.help(call) : commands.run(call);
    }
    throw unknown(verb);
  }

  /** Help is asked for before {@code --}: what follows it may be another program's words. */
  private static boolean asksForHelp(List<String> arguments) {
    int end = arguments.indexOf("--");
    List<String> own = end < 0 ? arguments : arguments.subList(0, end);
    return own.stream().anyMatch(HELP::contains);
  }

  private Optional<SocketHandler> handler(String verb) {
    return handlers.get().stream().filter(handler -> handler.verb().equals(verb)).findFirst();
  }

  private CommandException unknown(String verb) {
    TreeSet<String> verbs = new TreeSet<>(commands.names());
    handlers.get().forEach(handler -> verbs.add(handler.verb()));
    String hint =
        Verbs.nearest(verb, verbs)
            .map(near -> "did you mean " + near + "?")
            .orElse("see weir --help");
    return new CommandException("is no verb of this engine; " + hint);
  }

  /** Every verb with its meaning. */
  private String overview() {
    TreeMap<String, String> meanings = new TreeMap<>(commands.meanings());
    for (SocketHandler handler : handlers.get()) {
      meanings.put(handler.verb(), handler.help().meaning().lines().findFirst().orElse(""));
    }
    int width = meanings.keySet().stream().mapToInt(String::length).max().orElse(0);
    StringBuilder text =
        new StringBuilder("Verbs of engine ").append(commands.engine()).append(":\n");
    meanings.forEach(
        (verb, meaning) ->
            text.append("  ")
                .append(verb)
                .append(" ".repeat(width - verb.length() + 2))
                .append(meaning)
                .append('\n'));
    return text.append("  VERB --help")
        .append(" ".repeat(Math.max(1, width - 9)))
        .append("arguments and meaning of one verb; -o json prints rows for programs\n")
        .toString();
  }
}
