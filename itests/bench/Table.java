import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Prints the rows of a bench.jsonl as a table; exits with 1 where a ratio misses what is required, or there is no row. */
class Table {
  private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":\\s*(?:\"([^\"]*)\"|([^,}]+))");

  public static void main(String[] arguments) throws Exception {
    boolean brief = "short".equals(System.getenv("BENCH"));
    List<String> rows = Files.readAllLines(Path.of(arguments[0]));
    boolean good = !rows.isEmpty();
    String form = "%-48s %14s %-12s %14s %8s %-10s %s%n";
    System.out.printf(form, "NAME", "VALUE", "UNIT", "BASELINE", "RATIO", "REQUIRED", "");
    for (String row : rows) {
      String required = field(row, "required");
      String ratio = field(row, "ratio");
      String verdict = verdict(required, ratio.equals("null") ? field(row, "value") : ratio);
      good &= ratio.equals("null") || brief || !verdict.equals("MISS");
      System.out.printf(
          form,
          field(row, "name"), number(field(row, "value")), field(row, "unit"),
          number(field(row, "baseline")), number(ratio), required.equals("null") ? "" : required, verdict);
    }
    System.exit(good ? 0 : 1);
  }

  /** {@code >= 1.0} or {@code <= 5}: of the ratio, or of the value where there is none. */
  private static String verdict(String required, String value) {
    if (required.equals("null")) {
      return "";
    }
    double limit = Double.parseDouble(required.substring(2).strip());
    double got = Double.parseDouble(value);
    boolean pass = required.startsWith(">=") ? got >= limit : got <= limit;
    return pass ? "pass" : "MISS";
  }

  private static String number(String text) {
    if (text.equals("null")) {
      return "";
    }
    double value = Double.parseDouble(text);
    return String.format(Locale.ROOT, Math.abs(value) >= 1000 ? "%.0f" : "%.3f", value);
  }

  private static String field(String row, String name) {
    Matcher matcher = FIELD.matcher(row);
    while (matcher.find()) {
      if (matcher.group(1).equals(name)) {
        return matcher.group(2) != null ? matcher.group(2) : matcher.group(3).strip();
      }
    }
    return "null";
  }
}
