package io.weir.manifests.yaml;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a stream into documents before it is parsed, so that a broken one leaves the others whole.
 * Cutting by lines is exact: no content of YAML may begin a line with {@code ---} or {@code ...}.
 */
final class Documents {
  /**
   * A document's text.
   *
   * @param line its first line, from 1
   * @param text without markers and directives
   */
  record Part(int line, String text) {}

  private static final Pattern LINE = Pattern.compile("[^\\r\\n]*(\\r\\n|\\r|\\n|\\z)");
  private static final Pattern MARKER =
      Pattern.compile("(---|\\.\\.\\.)([ \\t\\r\\n].*|\\z)", Pattern.DOTALL);

  private Documents() {}

  /**
   * Documents that hold more than comments, in order.
   *
   * @param firstLine of the stream, from 1
   * @param most after so many, the rest is left out
   */
  static List<Part> split(String stream, int firstLine, int most) {
    String text = stream.startsWith("\ufeff") ? stream.substring(1) : stream;
    List<Part> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean blank = true;
    int first = firstLine;
    int number = firstLine - 1;
    Matcher lines = LINE.matcher(text);
    for (int at = 0;
        at < text.length() && parts.size() < most && lines.find(at);
        at = lines.end()) {
      number++;
      String line = lines.group();
      if (MARKER.matcher(line).matches()) {
        add(parts, first, part);
        part = new StringBuilder().append("   ").append(line, 3, line.length());
        blank = line.substring(3).isBlank();
        first = number;
      } else if (blank && line.startsWith("%")) {
        part.append(line.substring(line.stripTrailing().length()));
      } else {
        blank &= line.isBlank();
        part.append(line);
      }
    }
    if (parts.size() < most) {
      add(parts, first, part);
    }
    return parts;
  }

  /** Comments and blank lines at both ends do not belong to a document. */
  private static void add(List<Part> parts, int first, StringBuilder text) {
    int line = first;
    int from = 0;
    Matcher lines = LINE.matcher(text);
    for (int at = 0; at < text.length() && lines.find(at); at = lines.end()) {
      String content = lines.group().strip();
      if (!content.isEmpty() && !content.startsWith("#")) {
        parts.add(new Part(line, text.substring(from)));
        return;
      }
      from = lines.end();
      line++;
    }
  }
}
