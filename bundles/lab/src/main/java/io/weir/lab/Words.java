package io.weir.lab;

import io.weir.api.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A command line, taken apart.
 *
 * @param options with the values they were given, in order; a flag has an empty one
 * @param operands in order
 * @param command what stands after {@code --}
 */
record Words(Map<String, List<String>> options, List<String> operands, List<String> command) {
  /** A command line that cannot be understood. */
  static final class Misunderstood extends RuntimeException {
    private static final long serialVersionUID = 1;

    Misunderstood(Problem problem) {
      super(problem.sentence());
    }
  }

  /**
   * @param valued options that take a value
   * @param flags options that take none
   */
  static Words parse(List<String> words, Set<String> valued, Set<String> flags) {
    Map<String, List<String>> options = new HashMap<>();
    List<String> operands = new ArrayList<>();
    for (int at = 0; at < words.size(); at++) {
      String word = words.get(at);
      if (word.equals("--")) {
        return new Words(options, operands, words.subList(at + 1, words.size()));
      }
      int equals = word.startsWith("--") ? word.indexOf('=') : -1;
      String name = equals < 0 ? word : word.substring(0, equals);
      if (flags.contains(name) && equals < 0) {
        options.computeIfAbsent(name, none -> new ArrayList<>()).add("");
      } else if (valued.contains(name)) {
        if (equals < 0 && at + 1 == words.size()) {
          throw misunderstood("a value after " + name, "none");
        }
        String value = equals < 0 ? words.get(++at) : word.substring(equals + 1);
        options.computeIfAbsent(name, none -> new ArrayList<>()).add(value);
      } else if (word.startsWith("-") && word.length() > 1) {
        throw misunderstood("an option that it has", '"' + word + '"');
      } else {
        operands.add(word);
      }
    }
    return new Words(options, operands, List.of());
  }

  boolean has(String flag) {
    return options.containsKey(flag);
  }

  /** The value given last. */
  String value(String option, String byDefault) {
    List<String> values = options.getOrDefault(option, List.of());
    return values.isEmpty() ? byDefault : values.get(values.size() - 1);
  }

  static Misunderstood misunderstood(String expected, String came) {
    return new Misunderstood(Problem.of("weir lab", expected, came).remedy("weir lab --help"));
  }
}
