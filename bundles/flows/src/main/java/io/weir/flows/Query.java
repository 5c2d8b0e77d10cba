package io.weir.flows;

import io.weir.api.Setting;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code weir flows} is asked for.
 *
 * @param last at most so many of those that are there; 0 for all
 * @param since flows before are left out
 */
record Query(Filter filter, boolean follow, int last, Optional<Instant> since, boolean json) {
  static final String USAGE =
      "flows [-f|--follow] [--last N|--all] [--since AGO|TIME] [--pod|--from-pod|--to-pod [NS/]NAME] "
          + "[-n|--namespace NS] [--verdict forwarded|dropped|audit] [--protocol NAME] "
          + "[--port|--from-port|--to-port N] [--ip|--from-ip|--to-ip ADDRESS|BLOCK] "
          + "[-o compact|json]";

  private static final int LAST = 20;
  private static final Pattern AGO = Pattern.compile("(\\d+)(ms|s|m|h|d)");
  private static final Map<String, String> SHORT =
      Map.of("-f", "follow", "-n", "namespace", "-o", "output");
  private static final List<String> FLAGS = List.of("follow", "all");
  private static final List<String> VALUED =
      List.of(
          "last",
          "since",
          "pod",
          "from-pod",
          "to-pod",
          "namespace",
          "verdict",
          "protocol",
          "port",
          "from-port",
          "to-port",
          "ip",
          "from-ip",
          "to-ip",
          "output");

  /** Reads the words after the verb. */
  static Query parse(List<String> words, Instant now) {
    Map<String, List<String>> options = options(words);
    boolean follow = options.containsKey("follow");
    Optional<Instant> since = last(options, "since").map(text -> since(text, now));
    boolean open = options.containsKey("all") || since.isPresent();
    int last =
        last(options, "last")
            .map(text -> number("--last", text, 1, Integer.MAX_VALUE))
            .orElse(open ? 0 : LAST);
    // who follows sees what comes from now on, unless he asks for more
    boolean fromNow = follow && !open && !options.containsKey("last");
    String output = last(options, "output").orElse("compact");
    if (!List.of("compact", "json", "jsonpb").contains(output)) {
      throw new Misuse("expected -o compact or json, got \"" + output + '"');
    }
    return new Query(
        Filter.of(options),
        follow,
        last,
        fromNow ? Optional.of(now) : since,
        !output.equals("compact"));
  }

  static int number(String option, String text, int least, int most) {
    Setting<Integer> number = Setting.number(option, least, least, most, "");
    try {
      return number.parse().apply(text);
    } catch (IllegalArgumentException e) {
      throw new Misuse(
          "expected %s after %s, got \"%s\"".formatted(number.expected(), option, text));
    }
  }

  static Optional<String> last(Map<String, List<String>> options, String name) {
    List<String> values = options.getOrDefault(name, List.of());
    return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
  }

  private static Map<String, List<String>> options(List<String> words) {
    Map<String, List<String>> options = new HashMap<>();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      int equals = word.startsWith("--") ? word.indexOf('=') : -1;
      String spelt = equals < 0 ? word : word.substring(0, equals);
      String name = SHORT.getOrDefault(spelt, spelt.startsWith("--") ? spelt.substring(2) : "");
      String value = "";
      if (VALUED.contains(name)) {
        if (equals < 0 && ++i == words.size()) {
          throw new Misuse("expected a value after " + spelt + ", got nothing");
        }
        value = equals < 0 ? words.get(i) : word.substring(equals + 1);
      } else if (!FLAGS.contains(name) || equals >= 0) {
        throw new Misuse("expected an option, got \"" + word + '"');
      }
      options.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
    }
    return options;
  }

  /** {@code 5m}, {@code 1h30m}, or a time as of RFC 3339. */
  private static Instant since(String text, Instant now) {
    Matcher part = AGO.matcher(text.toLowerCase(Locale.ROOT));
    Duration ago = Duration.ZERO;
    int end = 0;
    while (part.find() && part.start() == end) {
      long count = Long.parseLong(part.group(1));
      ago =
          ago.plus(
              switch (part.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
              });
      end = part.end();
    }
    if (end > 0 && end == text.length()) {
      return now.minus(ago);
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new Misuse(
          "expected 5m, 1h30m or a time like %s after --since, got \"%s\""
              .formatted(Instant.EPOCH, text));
    }
  }
}
