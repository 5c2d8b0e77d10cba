package io.weir.console.sysdump;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes secrets out of what is dumped: all that a Secret holds, and the values of whatever is named
 * like a password, token or key. Rather too much is taken than too little.
 */
public final class Redaction {
  /** Stands where a secret was. */
  public static final String MARKER = "(left out)";

  /** A word in a name; where such a name begins does not matter, so that nothing is read twice. */
  private static final String WORD =
      "(?:passw(?:or)?d|passphrase|pass_?phrase|token|secret|credential|psk"
          + "|private[-_.]?key|api[-_.]?key|access[-_.]?key|shared[-_.]?key|[a-z0-9][-_.]keys?"
          + "|authorization)[A-Za-z0-9_.-]{0,100}";

  /** A whole name, where something else tells its beginning. */
  private static final String NAME = "[A-Za-z0-9_./-]{0,100}?" + WORD;

  /** Names that are secret by the look of them; {@code key} alone is the key of a row. */
  private static final Pattern SENSITIVE = Pattern.compile("(?i)[A-Za-z0-9_./-]*" + WORD);

  private static final Pattern CAMEL_KEY = Pattern.compile("[A-Za-z0-9]*[a-z0-9](Key|Keys)");

  /** A document that is a Secret, holds some, or speaks of one. */
  private static final Pattern OF_A_SECRET = Pattern.compile("\\bSecret(List)?\\b");

  private static final Pattern KIND_SECRET =
      Pattern.compile("kind\\\\*[\"']?\\s*:\\s*\\\\*[\"']?Secret(List)?\\b");

  private static final Pattern YAML_KEY =
      Pattern.compile("^((?:\\s|- )*)([\"']?)([A-Za-z0-9_./-]+)\\2\\s*:(\\s.*)?$");

  private static final Pattern DOCUMENT_END = Pattern.compile("(?m)^---");

  /** To the quote, or the line's end where there is none. */
  private static final String QUOTED = "(?:\"[^\\n]*?(?<!\\\\)\"|\"[^\\n]*|'[^'\\n]*'?)";

  private static final String PLAIN_MARKER = Pattern.quote(MARKER);

  /** What is replaced, and by what; {@code $1} and {@code $3} stay. */
  private static final Map<Pattern, String> PATTERNS = new LinkedHashMap<>();

  static {
    String value = "[\"']?value[\"']?\\s*:\\s*";
    String named = "[\"']?name[\"']?\\s*:\\s*[\"']?" + NAME + "[\"']?";
    String marker = Matcher.quoteReplacement(MARKER);
    replace(
        "-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?(-----END [A-Z ]*PRIVATE KEY-----|\\z)",
        marker);
    replace("\\beyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*", marker);
    replace("\\b((?:bearer|basic)\\s+)[A-Za-z0-9._~+/=-]{6,}", "$1" + marker);
    replace("(://[^/\\s:@]{0,200}:)[^/\\s@]{1,500}(?=@)", "$1" + marker);
    // an environment: name and value in either order, on one line or two
    replace("(" + named + "\\s*,?\\s*" + value + ")(?:" + QUOTED + "|[^\\n,}]+)", "$1" + marker);
    replace(
        "(" + value + ")(?:" + QUOTED + "|[^\\n,}]{1,2000})(\\s*,?\\s*" + named + ")",
        "$1" + marker + "$2");
    // a command line, whose words may be items of a list
    replace(
        "((?<![A-Za-z0-9-])--?"
            + NAME
            + "[\"']?\\s*,?\\s*(?:\\n\\s*- +)?[\"']?)(?![-\\s:=])[^\\s\"',\\]]+",
        "$1" + marker);
    replace("(" + WORD + "[\"']?\\s*[:=]\\s*)" + QUOTED, "$1\"" + marker + "\"");
    replace("(" + WORD + "=)(?![\"'])[^\\s,;&]+", "$1" + marker);
    replace(
        "(" + WORD + "[ \\t]*[:=][ \\t]+)(?![\"'{\\[|>]|" + PLAIN_MARKER + ")[^\\n]+",
        "$1" + marker);
  }

  private Redaction() {}

  private static void replace(String pattern, String by) {
    PATTERNS.put(Pattern.compile("(?i)" + pattern), by);
  }

  /** Whether the value of a row with this key is a secret: that of a setting, or of a Secret. */
  public static boolean hides(String key) {
    return isSecret(key) || key.indexOf(' ') < 0 && key.indexOf('/') < 0 && isSensitive(key);
  }

  private static boolean isSensitive(String name) {
    return SENSITIVE.matcher(name).matches() || CAMEL_KEY.matcher(name).matches();
  }

  /** Any text: logs, command lines, output of programs. */
  public static String text(String text) {
    String redacted = text;
    for (Map.Entry<Pattern, String> one : PATTERNS.entrySet()) {
      redacted = one.getKey().matcher(redacted).replaceAll(one.getValue());
    }
    return redacted;
  }

  /** Documents of YAML or JSON, as users wrote them, well-formed or not. */
  public static String documents(String text) {
    StringBuilder redacted = new StringBuilder();
    String separator = "";
    for (String document : DOCUMENT_END.split(text, -1)) {
      redacted.append(separator);
      boolean secret = OF_A_SECRET.matcher(document).find();
      redacted.append(secret ? "\n# a document with a Secret: " + MARKER + "\n" : lines(document));
      separator = "---";
    }
    return text(redacted.toString());
  }

  /** Takes the value of a sensitive key out with all lines that belong to it. */
  private static String lines(String document) {
    StringBuilder kept = new StringBuilder();
    int below = -1; // lines that are indented deeper are of a sensitive key
    for (String line : document.split("\n", -1)) {
      int indent = indent(line);
      if (below >= 0 && (line.isBlank() || indent > below || isItem(line, indent, below))) {
        continue;
      }
      below = -1;
      Matcher key = YAML_KEY.matcher(line);
      if (key.matches() && isSensitive(key.group(3))) {
        below = key.group(1).length();
        kept.append(key.group(1)).append(key.group(3)).append(": ").append(MARKER);
      } else {
        kept.append(line);
      }
      kept.append('\n');
    }
    return kept.substring(0, Math.max(0, kept.length() - 1));
  }

  private static boolean isItem(String line, int indent, int below) {
    return indent == below && line.startsWith("- ", indent);
  }

  private static int indent(String line) {
    return line.length() - line.stripLeading().length();
  }

  /** Rows: maps, lists and texts. */
  public static Object value(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map(map);
    }
    if (value instanceof List<?> list) {
      return list(list);
    }
    if (value instanceof String text) {
      return KIND_SECRET.matcher(text).find() ? MARKER : text(text);
    }
    return value;
  }

  private static Object map(Map<?, ?> map) {
    boolean secret = isSecret(map.get("kind")) || isSecret(map.get("key"));
    boolean named = map.get("name") instanceof String name && isSensitive(name);
    Map<String, Object> redacted = new LinkedHashMap<>();
    map.forEach(
        (key, value) -> {
          String name = String.valueOf(key);
          boolean identifies =
              name.equals("kind") || name.equals("key") || name.equals("apiVersion");
          boolean out =
              secret && !identifies
                  || isSensitive(name)
                  || named && name.equals("value")
                  || name.endsWith("last-applied-configuration");
          redacted.put(name, out && value != null ? MARKER : value(value));
        });
    return redacted;
  }

  /** {@code Secret}, or the key of such a resource. */
  private static boolean isSecret(Object kind) {
    String text = String.valueOf(kind);
    return text.equals("Secret") || text.startsWith("Secret/") || text.equals("SecretList");
  }

  private static List<Object> list(List<?> list) {
    List<Object> redacted = new ArrayList<>(list.size());
    boolean next = false;
    for (Object one : list) {
      redacted.add(next && one instanceof String ? MARKER : value(one));
      next =
          one instanceof String word
              && word.startsWith("-")
              && isSensitive(word.replaceAll("^-+", ""));
    }
    return redacted;
  }
}
