import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Turns promises of {@code docs/promises.md} red: applies a row's change to a copy of the tree, runs the row's test there, and
 * expects it to fail. {@code Promises N [SEED]} takes N rows at random, {@code Promises all [ROOM [FROM]]} every one, or those of
 * one room, from a number on. The tree is to have been built, and its tests run, before: what a row needs is compiled by javac alone, and
 * the test is run on the class path it had then. What only the whole distribution shows is built and run by Maven.
 */
class Promises {
  private record Row(
      String room, String promise, String module, String test, String file, String sed) {
    String testClass() {
      return test.split("#")[0];
    }

    String method() {
      return test.contains("#") ? test.split("#")[1] : "";
    }

    /** The module whose file is changed: what stands before its {@code src}; of bpf/, bpf. */
    Path changed() {
      int source = file.indexOf("/src/");
      return Path.of(source > 0 ? file.substring(0, source) : file.split("/")[0]);
    }
  }

  /** What became of a test under a change. */
  private enum Outcome {
    RED,
    GREEN,
    SKIPPED,
    NOT_RUN
  }

  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern PROPERTY = Pattern.compile("<property name=\"([^\"]+)\" value=\"([^\"]*)\"");
  private static final long MOST_MINUTES = 10;

  private final Path root = Path.of("").toAbsolutePath();
  private final Path copy = root.resolve("target/promises");

  public static void main(String[] arguments) throws Exception {
    Promises promises = new Promises();
    List<Row> chosen = promises.choose(arguments);
    if (chosen.isEmpty()) {
      System.out.println("promises: docs/promises.md has no such row with a change");
      System.exit(1);
    }
    promises.copyTree();
    int green = 0;
    for (Row row : chosen) {
      green += promises.turnsRed(row) ? 0 : 1;
    }
    System.out.printf("promises: %s of %s turn their test red, or skip it%n", chosen.size() - green, chosen.size());
    promises.run(promises.root, List.of("rm", "-rf", promises.copy.toString()));
    System.exit(green == 0 ? 0 : 1);
  }

  private List<Row> choose(String[] arguments) throws IOException {
    List<Row> rows = rows(Files.readAllLines(root.resolve("docs/promises.md")));
    if (arguments[0].equals("all")) {
      int from = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 0;
      return rows.stream()
          .filter(row -> arguments.length < 2 || row.room().equals(arguments[1]))
          .skip(from)
          .toList();
    }
    long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
    System.out.println("promises: seed " + seed);
    List<Row> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, new Random(seed));
    return shuffled.subList(0, Math.min(Integer.parseInt(arguments[0]), shuffled.size()));
  }

  private static List<Row> rows(List<String> lines) {
    List<Row> rows = new ArrayList<>();
    String room = "";
    for (String line : lines) {
      if (line.startsWith("## ")) {
        room = line.substring(3).strip();
      }
      String[] cells = line.split("(?<!\\\\)\\|", -1);
      if (!line.startsWith("|") || cells.length < 5) {
        continue;
      }
      List<String> test = codes(cells[2]);
      List<String> change = codes(cells[3]);
      if (test.size() == 2 && change.size() == 2) {
        rows.add(
            new Row(room, cells[1].strip(), test.get(0), test.get(1), change.get(0), change.get(1)));
      }
    }
    return rows;
  }

  private static List<String> codes(String cell) {
    List<String> codes = new ArrayList<>();
    Matcher matcher = CODE.matcher(cell.replace("\\|", "|"));
    while (matcher.find()) {
      codes.add(matcher.group(1));
    }
    return codes;
  }

  private boolean turnsRed(Row row) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Path file = copy.resolve(row.file());
    String before = Files.readString(file);
    String said;
    Outcome outcome = Outcome.NOT_RUN;
    run(copy, List.of("sed", "-i", row.sed(), file.toString()));
    if (Files.readString(file).equals(before)) {
      said = "the change changes nothing";
    } else {
      boolean whole = row.module().equals("itests/system") || row.module().equals("itests/pax");
      outcome = whole ? byMaven(row) : byItself(row);
      said =
          switch (outcome) {
            case RED -> "red";
            case GREEN -> "still green";
            case SKIPPED -> "the test skips itself on this machine";
            case NOT_RUN -> "the test did not run; see target/promises.log";
          };
    }
    Files.writeString(file, before);
    System.out.printf(
        "%s %s: %s in %s s: %s%n",
        outcome == Outcome.RED ? "ok  " : outcome == Outcome.SKIPPED ? "skip" : "FAIL",
        row.test(), said, (System.nanoTime() - begin) / 1_000_000_000, row.promise());
    return outcome == Outcome.RED || outcome == Outcome.SKIPPED;
  }

  /** Compiles what was changed, and puts the old one back afterwards. */
  private Outcome byItself(Row row) throws IOException, InterruptedException {
    Path module = copy.resolve(row.changed());
    Path target = module.resolve("target");
    Path kept = copy.resolve("kept");
    boolean built = Files.isDirectory(target);
    if (built) {
      run(copy, List.of("rm", "-rf", kept.toString()));
      run(copy, List.of("cp", "-a", target.toString(), kept.toString()));
    }
    try {
      return compile(row, module) == 0 ? runTest(row) : Outcome.NOT_RUN;
    } finally {
      if (built) {
        run(copy, List.of("rm", "-rf", target.toString()));
        run(copy, List.of("mv", kept.toString(), target.toString()));
      }
    }
  }

  private int compile(Row row, Path module) throws IOException, InterruptedException {
    if (row.file().endsWith(".java") && row.file().contains("/src/")) {
      Path classes = module.resolve("target/classes");
      if (!row.file().contains("/src/main/")) {
        classes = module.resolve("target/test-classes");
      }
      List<String> sources = new ArrayList<>();
      Path beside = module.resolve(row.file().contains("/src/main/") ? "src/main/java" : "src/test/java");
      for (Path directory : List.of(beside, module.resolve("target/generated-sources/layouts"))) {
        if (Files.isDirectory(directory)) {
          try (Stream<Path> tree = Files.walk(directory)) {
            tree.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(sources::add);
          }
        }
      }
      List<String> command =
          new ArrayList<>(
              List.of(
                  "javac", "-nowarn", "-proc:none", "-parameters", "-g", "--release", "17", "-d",
                  classes.toString(), "-cp", compilePath(row)));
      command.addAll(sources);
      return run(copy, command);
    }
    int resource = row.file().indexOf("/src/main/resources/");
    if (resource > 0) {
      Path there = module.resolve("target/classes").resolve(row.file().substring(resource + "/src/main/resources/".length()));
      Files.copy(copy.resolve(row.file()), there, StandardCopyOption.REPLACE_EXISTING);
      return 0;
    }
    if (row.file().startsWith("bpf/") && (row.file().endsWith(".h") || row.file().endsWith(".c"))) {
      return run(copy, List.of("bpf/build", copy.resolve("bpf/target/classes/weir").toString()));
    }
    if (row.file().contains("/src/main/c/")) {
      return run(module, List.of("src/main/c/build", module.resolve("target/bin").toString(), "0"));
    }
    return 0;
  }

  /** Of the changed module's own tests, since those of others may lack what it is compiled with. */
  private String compilePath(Row row) throws IOException {
    Path reports = copy.resolve(row.changed()).resolve("target/surefire-reports");
    String own = Files.isDirectory(reports) ? classPath(reports) : "";
    return own + File.pathSeparator + classPath(copy.resolve(row.module()).resolve("target/surefire-reports"))
        + File.pathSeparator + providedPath();
  }

  /** What the container provides, and no test needs. */
  private static String providedPath() throws IOException {
    Path repository = Path.of(System.getProperty("user.home"), ".m2/repository");
    try (Stream<Path> jars =
        Stream.of("org/apache/karaf", "org/jline", "org/osgi")
            .map(repository::resolve)
            .filter(Files::isDirectory)
            .flatMap(Promises::walk)) {
      return jars.map(Path::toString)
          .filter(name -> name.endsWith(".jar"))
          .sorted()
          .collect(Collectors.joining(File.pathSeparator));
    }
  }

  private static Stream<Path> walk(Path directory) {
    try {
      return Files.walk(directory);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Outcome runTest(Row row) throws IOException, InterruptedException {
    Path module = copy.resolve(row.module());
    Path reports = module.resolve("target/surefire-reports");
    List<String> command = new ArrayList<>(List.of("java", "-XX:+UseSerialGC", "-Xshare:auto"));
    properties(reports).forEach(property -> command.add("-D" + property));
    command.add("-cp");
    command.add(classPath(reports) + File.pathSeparator + launcher());
    command.add(copy.resolve("itests/tools/RunTest.java").toString());
    command.add(row.method());
    command.addAll(testClasses(module, row.testClass()));
    return switch (run(module, command)) {
      case 0 -> Outcome.GREEN;
      case 1 -> Outcome.RED;
      default -> Outcome.NOT_RUN;
    };
  }

  private static List<String> testClasses(Path module, String simpleName) throws IOException {
    Path classes = module.resolve("target/test-classes");
    try (Stream<Path> tree = Files.walk(classes)) {
      return tree.filter(path -> path.getFileName().toString().equals(simpleName + ".class"))
          .map(path -> classes.relativize(path).toString().replace(".class", "").replace('/', '.'))
          .toList();
    }
  }

  /** The class path that Surefire reports, with classes in place of this tree's jars. */
  private String classPath(Path reports) throws IOException {
    return anyReport(reports)
        .filter(entry -> entry.startsWith("surefire.test.class.path="))
        .map(entry -> entry.substring(entry.indexOf('=') + 1))
        .map(path -> path.replace(root + "/", copy + "/"))
        .map(path -> path.replaceAll("(" + Pattern.quote(copy.toString()) + "/[^:]*/target)/[^:/]*\\.jar", "$1/classes"))
        .findFirst()
        .orElse("");
  }

  private List<String> properties(Path reports) throws IOException {
    return anyReport(reports)
        .filter(entry -> entry.startsWith("weir."))
        .map(entry -> entry.startsWith("weir.data=") ? entry : entry.replace(root.toString(), copy.toString()))
        .toList();
  }

  private static Stream<String> anyReport(Path reports) throws IOException {
    try (Stream<Path> files = Files.list(reports)) {
      Path report =
          files.filter(path -> path.toString().endsWith(".xml")).findFirst().orElseThrow(
              () -> new IOException(reports + ": expected a report of Surefire, got none; run the tests first"));
      List<String> entries = new ArrayList<>();
      Matcher matcher = PROPERTY.matcher(Files.readString(report));
      while (matcher.find()) {
        entries.add(matcher.group(1) + "=" + matcher.group(2));
      }
      return entries.stream();
    }
  }

  private static String launcher() throws IOException {
    Path junit = Path.of(System.getProperty("user.home"), ".m2/repository/org/junit/platform/junit-platform-launcher");
    try (Stream<Path> jars = Files.walk(junit)) {
      return jars.map(Path::toString)
          .filter(name -> name.endsWith(".jar"))
          .max(String::compareTo)
          .orElseThrow(() -> new IOException(junit + ": expected a jar, got none; run the tests first"));
    }
  }

  private Outcome byMaven(Row row) throws IOException, InterruptedException {
    Path reports = copy.resolve(row.module()).resolve("target/surefire-reports");
    run(copy, List.of("rm", "-rf", reports.toString()));
    run(
        copy,
        List.of(
            "mvn", "-o", "-B", "-ntp", "-q", "-Pkernel", "-pl", row.module(), "-am", "verify",
            "-Dtest=" + row.test(), "-Dsurefire.failIfNoSpecifiedTests=false", "-Dspotless.check.skip",
            "-Dweir.data=" + data()));
    if (!Files.isDirectory(reports)) {
      return Outcome.NOT_RUN;
    }
    boolean red = false;
    boolean skipped = false;
    try (Stream<Path> files = Files.list(reports)) {
      for (Path report : files.filter(path -> path.toString().endsWith(".xml")).toList()) {
        String text = Files.readString(report);
        red |= text.contains("<failure") || text.contains("<error");
        skipped |= text.contains("<skipped");
      }
    }
    if (red) {
      return Outcome.RED;
    }
    return skipped ? Outcome.SKIPPED : Outcome.GREEN;
  }

  /** Manifests of others, which stand beside the tree and not beside its copy. */
  private Path data() {
    String elsewhere = System.getenv("WEIR_DATA");
    return elsewhere == null ? root.resolve("../shared/data").normalize() : Path.of(elsewhere);
  }

  /** The exit code; that of a program that had to be ended is 1, for a test that hangs has failed. */
  private int run(Path directory, List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(root.resolve("target/promises.log").toFile()))
            .start();
    if (!process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
      return 1;
    }
    return process.exitValue();
  }

  /** The tree with what was built, so that only what a change touches is built again. */
  private void copyTree() throws IOException, InterruptedException {
    Files.createDirectories(root.resolve("target"));
    run(root, List.of("rm", "-rf", copy.toString()));
    Files.createDirectories(copy);
    List<String> command = new ArrayList<>(List.of("cp", "-a", "--reflink=auto"));
    try (Stream<Path> files = Files.list(root)) {
      files
          .filter(path -> !List.of("target", ".git").contains(path.getFileName().toString()))
          .forEach(path -> command.add(path.toString()));
    }
    command.add(copy.toString());
    run(root, command);
  }
}
