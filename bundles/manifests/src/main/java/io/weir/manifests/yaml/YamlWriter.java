package io.weir.manifests.yaml;

import io.weir.api.row.Resource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Writes plain values as block YAML that readers of YAML 1.1 and 1.2 understand alike. */
public final class YamlWriter {
  private static final Pattern SAFE = Pattern.compile("[A-Za-z_/][-A-Za-z0-9_./@+ ]*(?<! )");
  private static final Set<String> WORDS =
      Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");
  private static final int INDENT = 2;

  /** Characters of a name that stands before its colon; readers look no more than 1024 ahead. */
  private static final int LONGEST_SIMPLE_NAME = 1000;

  private final StringBuilder text = new StringBuilder();

  private YamlWriter() {}

  public static String write(Map<String, ?> fields) {
    YamlWriter writer = new YamlWriter();
    writer.fields(fields, 0, true);
    return writer.text.toString();
  }

  private void value(Object value, int indent, boolean inList) {
    if (value instanceof Map<?, ?> fields && !fields.isEmpty()) {
      fields(fields, indent, inList);
    } else if (value instanceof List<?> items && !items.isEmpty()) {
      items(items, indent, inList);
    } else {
      text.append(inList ? "" : " ");
      leaf(value, indent);
      text.append('\n');
    }
  }

  /**
   * @param inline whether the first field goes on the line that has been begun
   */
  private void fields(Map<?, ?> fields, int indent, boolean inline) {
    if (!inline) {
      text.append('\n');
    }
    boolean first = inline;
    for (Map.Entry<?, ?> field : fields.entrySet()) {
      text.append(" ".repeat(first ? 0 : indent));
      first = false;
      name((String) field.getKey(), indent);
      boolean list = field.getValue() instanceof List<?>;
      value(field.getValue(), list ? indent : indent + INDENT, false);
    }
  }

  private void name(String name, int indent) {
    int start = text.length();
    word(name);
    if (text.length() - start > LONGEST_SIMPLE_NAME) {
      text.insert(start, "? ").append('\n').append(" ".repeat(indent));
    }
    text.append(':');
  }

  private void items(List<?> items, int indent, boolean inline) {
    if (!inline) {
      text.append('\n');
    }
    boolean first = inline;
    for (Object item : items) {
      text.append(" ".repeat(first ? 0 : indent)).append("- ");
      first = false;
      value(item, indent + INDENT, true);
    }
  }

  private void leaf(Object value, int indent) {
    if (value instanceof String string) {
      if (isBlock(string)) {
        block(string, indent);
      } else {
        word(string);
      }
    } else if (value instanceof Map<?, ?>) {
      text.append("{}");
    } else if (value instanceof List<?>) {
      text.append("[]");
    } else {
      text.append(value == Resource.NULL ? "null" : value.toString());
    }
  }

  private void word(String word) {
    boolean plain = SAFE.matcher(word).matches() && !WORDS.contains(word.toLowerCase(Locale.ROOT));
    if (plain) {
      text.append(word);
    } else {
      quoted(word);
    }
  }

  /** Text of several lines that the block form keeps as it is. */
  private static boolean isBlock(String string) {
    return string.indexOf('\n') > 0
        && !Character.isWhitespace(string.charAt(0))
        && string.lines().noneMatch(line -> line.endsWith(" ") || line.endsWith("\t"))
        && string.chars().allMatch(c -> c == '\n' || c >= ' ' && c < 0x7f);
  }

  private void block(String string, int indent) {
    int end = string.length();
    while (string.charAt(end - 1) == '\n') {
      end--;
    }
    int breaks = string.length() - end;
    text.append('|').append(breaks == 0 ? "-" : breaks == 1 ? "" : "+");
    for (String line : string.substring(0, end).split("\n", -1)) {
      text.append('\n').append(line.isEmpty() ? "" : " ".repeat(Math.max(indent, INDENT)) + line);
    }
    text.append("\n".repeat(Math.max(0, breaks - 1)));
  }

  private void quoted(String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        case '\r' -> text.append("\\r");
        default -> {
          boolean printable = c >= ' ' && c < 0x7f || c >= 0xa1 && c < 0xd800 && c != 0xfeff;
          text.append(printable ? String.valueOf(c) : "\\u%04x".formatted((int) c));
        }
      }
    }
    text.append('"');
  }
}
