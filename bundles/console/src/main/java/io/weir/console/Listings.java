package io.weir.console;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.weir.api.Listing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Rows as people and as programs read them. */
final class Listings {
  private static final String GAP = "   ";
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  private Listings() {}

  /** An array of objects, one a line. */
  static String json(Listing listing) {
    List<Map<String, Object>> objects = listing.objects();
    if (objects.isEmpty()) {
      return "[]\n";
    }
    List<String> lines = objects.stream().map(GSON::toJson).toList();
    return "[\n" + String.join(",\n", lines) + "\n]\n";
  }

  /** Aligned columns under their names in capitals; nothing follows the last column. */
  static String table(Listing listing) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(listing.columns().stream().map(name -> name.toUpperCase(Locale.ROOT)).toList());
    for (List<Object> row : listing.rows()) {
      lines.add(row.stream().map(Listings::cell).toList());
    }
    int[] widths = new int[listing.columns().size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(line.get(i)));
      }
    }
    StringBuilder table = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String cell = line.get(i);
        text.append(cell).append(" ".repeat(widths[i] - width(cell))).append(GAP);
      }
      table.append(text.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  /** One line, whatever the value holds; a dash where there is none. */
  private static String cell(Object value) {
    String text;
    if (value instanceof Collection<?> many) {
      text = String.join(",", many.stream().map(String::valueOf).toList());
    } else if (value instanceof Map<?, ?> map) {
      text =
          String.join(
              ",", map.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    } else {
      text = value == null ? "" : value.toString();
    }
    return text.isEmpty() ? "-" : printable(text);
  }

  /** What is in a row may come from anywhere, and must not steer a terminal. */
  static String printable(String text) {
    return text.codePoints().noneMatch(Character::isISOControl)
        ? text
        : text.replace("\n", "\\n").replaceAll("\\p{Cc}", "?");
  }
}
