package io.weir.datapath;

import io.weir.api.row.Address;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * What {@code weir conntrack} is asked for.
 *
 * @param pod {@code NAMESPACE/NAME}, or {@code NAME} in any namespace
 * @param limit of the flows that are shown; 0 for all
 */
record ConntrackQuery(
    Verb verb, Optional<String> pod, Optional<To> to, int limit, boolean json, boolean yes) {
  static final String USAGE =
      "conntrack list|flush [--pod [NS/]NAME] [--to ADDRESS[:PORT]] [--limit N] [-o table|json] [--yes]";

  enum Verb {
    LIST,
    FLUSH
  }

  /** A destination; port 0 for any. */
  record To(Address address, int port) {
    /** {@code 10.0.0.1}, {@code 10.0.0.1:80}, {@code fd00::1}, {@code [fd00::1]:80}. */
    static To parse(String text) {
      try {
        int bracket = text.indexOf(']');
        if (text.startsWith("[") && bracket > 0) {
          String rest = text.substring(bracket + 1);
          if (!rest.isEmpty() && !rest.startsWith(":")) {
            throw new IllegalArgumentException(text);
          }
          Address address = Address.parse(text.substring(1, bracket));
          return new To(address, rest.isEmpty() ? 0 : port(rest.substring(1)));
        }
        int colon = text.indexOf(':');
        return colon >= 0 && colon == text.lastIndexOf(':')
            ? new To(Address.parse(text.substring(0, colon)), port(text.substring(colon + 1)))
            : new To(Address.parse(text), 0);
      } catch (IllegalArgumentException e) {
        throw new Misuse("expected ADDRESS or ADDRESS:PORT after --to, got \"" + text + '"');
      }
    }

    private static int port(String text) {
      int port = Integer.parseInt(text);
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException(text);
      }
      return port;
    }

    boolean matches(Tuple tuple) {
      return tuple.destination().equals(address) && (port == 0 || port == tuple.destinationPort());
    }
  }

  /** A command line that is not understood: exit code 2. */
  static final class Misuse extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Misuse(String message) {
      super(message, null, false, false);
    }
  }

  static ConntrackQuery parse(List<String> words) {
    Deque<String> rest = new ArrayDeque<>(words);
    String first = rest.isEmpty() ? "" : rest.remove();
    Verb verb =
        switch (first) {
          case "list" -> Verb.LIST;
          case "flush" -> Verb.FLUSH;
          default -> throw new Misuse("expected list or flush, got \"" + first + '"');
        };
    ConntrackQuery query =
        new ConntrackQuery(verb, Optional.empty(), Optional.empty(), 0, false, false);
    while (!rest.isEmpty()) {
      query = query.with(rest.remove(), rest);
    }
    if (verb == Verb.FLUSH && query.pod.isEmpty() && query.to.isEmpty() && !query.yes) {
      throw new Misuse("expected --pod or --to, or --yes to flush every flow of the node");
    }
    return query;
  }

  private ConntrackQuery with(String word, Deque<String> rest) {
    int equals = word.startsWith("--") ? word.indexOf('=') : -1;
    String option = equals < 0 ? word : word.substring(0, equals);
    if (option.equals("--yes") && verb == Verb.FLUSH && equals < 0) {
      return new ConntrackQuery(verb, pod, to, limit, json, true);
    }
    boolean listing = option.equals("--limit") || option.equals("-o") || option.equals("--output");
    if (!option.equals("--pod") && !option.equals("--to") && !(listing && verb == Verb.LIST)) {
      throw new Misuse("expected an option, got \"" + word + '"');
    }
    if (equals < 0 && rest.isEmpty()) {
      throw new Misuse("expected a value after " + option + ", got nothing");
    }
    String value = equals < 0 ? rest.remove() : word.substring(equals + 1);
    return switch (option) {
      case "--pod" -> new ConntrackQuery(verb, Optional.of(value), to, limit, json, yes);
      case "--to" -> new ConntrackQuery(verb, pod, Optional.of(To.parse(value)), limit, json, yes);
      case "--limit" -> new ConntrackQuery(verb, pod, to, number(value), json, yes);
      default -> new ConntrackQuery(verb, pod, to, limit, isJson(value), yes);
    };
  }

  private static int number(String text) {
    try {
      int number = Integer.parseInt(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw misuse(text);
    }
    throw misuse(text);
  }

  private static Misuse misuse(String text) {
    return new Misuse("expected a number above 0 after --limit, got \"" + text + '"');
  }

  private static boolean isJson(String text) {
    return switch (text) {
      case "json" -> true;
      case "table" -> false;
      default -> throw new Misuse("expected -o table or json, got \"" + text + '"');
    };
  }

  /** Whether a flow is asked for; its pods by name, where they are pods of this node. */
  boolean takes(ConntrackFlow flow, Optional<String> source, Optional<String> destination) {
    return (pod.isEmpty() || named(source) || named(destination))
        && to.map(where -> where.matches(flow.asked()) || where.matches(flow.reached()))
            .orElse(true);
  }

  private boolean named(Optional<String> name) {
    String asked = pod.orElseThrow();
    return name.filter(full -> full.equals(asked) || full.endsWith('/' + asked)).isPresent();
  }
}
