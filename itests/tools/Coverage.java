import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code Coverage OBJECTS COUNTERS}: which lines of {@code bpf/} ran in tests. OBJECTS is what {@code bpf/coverage} wrote;
 * COUNTERS has a file {@code NAME-….counters} for each time that an object was loaded, with the value of its map of counters.
 * Prints lines by file, writes every line with its count to {@code COUNTERS/html}, and exits with 1 where fewer than nine of ten lines ran.
 */
class Coverage {
  private static final double LEAST = 90;
  private static final Pattern TOTAL = Pattern.compile("^TOTAL.*", Pattern.MULTILINE);

  public static void main(String[] arguments) throws Exception {
    Path objects = Path.of(arguments[0]);
    Path counters = Path.of(arguments[1]);
    List<String> maps = new ArrayList<>();
    StringBuilder profile = new StringBuilder();
    for (Path functions : in(objects, ".bpf.functions")) {
      String name = functions.getFileName().toString().replace(".bpf.functions", "");
      long[] counts = sum(in(counters, ".counters"), name);
      if (counts.length > 0) {
        maps.add(objects.resolve(name + ".bpf.map").toString());
        Files.readAllLines(functions).forEach(line -> add(profile, line.split(" "), counts));
      }
    }
    if (maps.isEmpty()) {
      System.err.println(counters + ": expected counters of a test, found none; make coverage runs the tests first");
      System.exit(1);
    }
    Path text = Files.writeString(counters.resolve("profile.proftext"), profile);
    Path indexed = counters.resolve("profile.profdata");
    run("llvm-profdata-19", "merge", text.toString(), "-o", indexed.toString());
    List<String> places = new ArrayList<>();
    for (String map : maps) {
      places.addAll(places.isEmpty() ? List.of(map) : List.of("-object", map));
    }
    places.addAll(List.of("-arch=bpf", "-instr-profile=" + indexed));
    run(words(List.of("llvm-cov-19", "show"), places, List.of("-format=html", "-output-dir=" + counters.resolve("html"))));
    String report = run(words(List.of("llvm-cov-19", "report", "-show-region-summary=false"), places, List.of()));
    System.out.print(report);
    double lines = lines(report);
    System.out.printf(Locale.ROOT, "coverage: %.1f %% of the lines of bpf/ ran; at least %.0f %% are asked for; each line: %s%n",
        lines, LEAST, counters.resolve("html/index.html"));
    System.exit(lines >= LEAST ? 0 : 1);
  }

  /** A function in LLVM's text form of profiles: its name, its hash, how many counters, each of them. */
  private static void add(StringBuilder profile, String[] function, long[] counts) {
    int first = Integer.parseInt(function[3], 16) / Long.BYTES;
    int size = Integer.parseInt(function[2]);
    profile.append(function[0]).append('\n').append(Long.toUnsignedString(Long.parseLong(function[1]))).append('\n').append(size).append('\n');
    for (int i = first; i < first + size; i++) {
      profile.append(counts[i]).append('\n');
    }
    profile.append('\n');
  }

  private static long[] sum(List<Path> files, String object) throws IOException {
    Map<Integer, Long> sums = new TreeMap<>();
    for (Path file : files) {
      if (file.getFileName().toString().startsWith(object + "-")) {
        ByteBuffer values = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        for (int i = 0; values.remaining() >= Long.BYTES; i++) {
          sums.merge(i, values.getLong(), Long::sum);
        }
      }
    }
    return sums.values().stream().mapToLong(Long::longValue).toArray();
  }

  /** The percentage of lines: the last of those that the report's total shows before branches. */
  private static double lines(String report) {
    Matcher total = TOTAL.matcher(report);
    if (!total.find()) {
      throw new IllegalStateException("llvm-cov report: expected a line TOTAL, came: " + report);
    }
    String[] words = total.group().strip().split("\\s+");
    // TOTAL functions missed % lines missed % branches missed %
    return Double.parseDouble(words[6].replace("%", ""));
  }

  private static String[] words(List<String> first, List<String> middle, List<String> last) {
    return Stream.of(first, middle, last).flatMap(List::stream).toArray(String[]::new);
  }

  private static List<Path> in(Path directory, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  /** In {@code bpf/}, from where the objects name their sources. */
  private static String run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(new File("bpf")).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": exit code " + process.exitValue());
    }
    return out;
  }
}
