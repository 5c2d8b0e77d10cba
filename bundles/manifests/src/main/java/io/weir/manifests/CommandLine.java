package io.weir.manifests;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The words of a command line.
 *
 * @param words that are no options
 * @param options canonical name → values, in order; a flag has one empty value
 */
record CommandLine(List<String> words, Map<String, List<String>> options) {

  /** A command line that cannot be understood: exit code 2. */
  static final class Misuse extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Misuse(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * @param valued spelling → canonical name, of options that take a value
   * @param flags spelling → canonical name, of those that take none
   */
  static CommandLine parse(
      List<String> arguments, Map<String, String> valued, Map<String, String> flags) {
    CommandLine line = new CommandLine(new ArrayList<>(), new HashMap<>());
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      int equals = word.startsWith("-") ? word.indexOf('=') : -1;
      String name = equals < 0 ? word : word.substring(0, equals);
      if (flags.containsKey(name) && equals < 0) {
        line.add(flags.get(name), "");
      } else if (valued.containsKey(name)) {
        if (equals < 0 && ++i == arguments.size()) {
          throw new Misuse("expected a value after " + name + ", got nothing");
        }
        line.add(valued.get(name), equals < 0 ? arguments.get(i) : word.substring(equals + 1));
      } else if (word.startsWith("-") && !word.equals("-")) {
        throw new Misuse("expected no option " + name);
      } else {
        line.words.add(word);
      }
    }
    return line;
  }

  private void add(String name, String value) {
    options.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  boolean has(String name) {
    return options.containsKey(name);
  }

  List<String> all(String name) {
    return options.getOrDefault(name, List.of());
  }

  String last(String name, String otherwise) {
    List<String> values = all(name);
    return values.isEmpty() ? otherwise : values.get(values.size() - 1);
  }
}
