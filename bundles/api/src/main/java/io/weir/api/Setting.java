package io.weir.api;

import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;

/**
 * A setting, declared once, as a constant of the bundle that obeys it. Keys are those of {@code
 * cilium-config} where it has one. Values come as text, from {@code etc/io.weir.cfg} or the
 * ConfigMap {@code cilium-config}, and take effect at run time.
 *
 * @param key lower case with hyphens
 * @param defaultText the default, as it would be written
 * @param meaning one sentence for {@code weir config}
 * @param expected what {@link #parse} takes, as a noun phrase: {@code true or false}
 * @param parse turns text into the value; throws {@link IllegalArgumentException} on anything else
 */
public record Setting<T>(
    String key, String defaultText, String meaning, String expected, Function<String, T> parse) {
  public Setting {
    Objects.requireNonNull(key);
    Objects.requireNonNull(defaultText);
    Objects.requireNonNull(meaning);
    Objects.requireNonNull(expected);
    Objects.requireNonNull(parse);
  }

  public static Setting<Boolean> flag(String key, boolean byDefault, String meaning) {
    return new Setting<>(
        key, Boolean.toString(byDefault), meaning, "true or false", Setting::parseFlag);
  }

  public static Setting<Integer> number(
      String key, int byDefault, int least, int most, String meaning) {
    return new Setting<>(
        key,
        Integer.toString(byDefault),
        meaning,
        "a number from " + least + " to " + most,
        text -> {
          int value = Integer.parseInt(text.strip());
          if (value < least || value > most) {
            throw new IllegalArgumentException(text);
          }
          return value;
        });
  }

  public static Setting<String> text(String key, String byDefault, String meaning) {
    return new Setting<>(key, byDefault, meaning, "text", Function.identity());
  }

  /** One of the names of an enum, in lower case with hyphens. */
  public static <E extends Enum<E>> Setting<E> choice(String key, E byDefault, String meaning) {
    Class<E> type = byDefault.getDeclaringClass();
    StringBuilder names = new StringBuilder();
    for (E value : type.getEnumConstants()) {
      names.append(names.isEmpty() ? "" : ", ").append(nameOf(value));
    }
    return new Setting<>(
        key,
        nameOf(byDefault),
        meaning,
        "one of " + names,
        text -> Enum.valueOf(type, text.strip().toUpperCase(Locale.ROOT).replace('-', '_')));
  }

  /**
   * The value that {@code text} stands for.
   *
   * @throws ProblemException naming {@code source} when the text is not what is expected
   */
  public T value(String text, String source) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw new ProblemException(Problem.of(source + ": " + key, expected, '"' + text + '"'), e);
    }
  }

  private static String nameOf(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Boolean parseFlag(String text) {
    return switch (text.strip()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }
}
