import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Turns promises of {@code docs/promises.md} red: applies a row's change to a copy of the tree, runs the row's test there, and
 * expects it to fail. {@code Promises N [SEED]} takes N rows at random, {@code Promises all [ROOM]} every one.
 */
class Promises {
  private record Row(String room, String promise, String module, String test, String file, String sed) {}

  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  public static void main(String[] arguments) throws Exception {
    Path root = Path.of("").toAbsolutePath();
    List<Row> rows = rows(Files.readAllLines(root.resolve("docs/promises.md")));
    List<Row> chosen;
    if (arguments[0].equals("all")) {
      chosen =
          rows.stream().filter(row -> arguments.length < 2 || row.room().equals(arguments[1])).toList();
    } else {
      long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
      System.out.println("promises: seed " + seed);
      chosen = new ArrayList<>(rows);
      Collections.shuffle(chosen, new Random(seed));
      chosen = chosen.subList(0, Math.min(Integer.parseInt(arguments[0]), chosen.size()));
    }
    if (chosen.isEmpty()) {
      System.out.println("promises: docs/promises.md has no row with a change");
      System.exit(1);
    }
    Path copy = root.resolve("target/promises");
    copyTree(root, copy);
    int green = 0;
    for (Row row : chosen) {
      green += turnsRed(copy, row) ? 0 : 1;
    }
    deleteTree(copy);
    System.exit(green == 0 ? 0 : 1);
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

  private static boolean turnsRed(Path copy, Row row) throws IOException, InterruptedException {
    Path file = copy.resolve(row.file());
    String before = Files.readString(file);
    try {
      run(copy, List.of("sed", "-i", row.sed(), file.toString()));
      if (Files.readString(file).equals(before)) {
        return say(row, false, "the change changes nothing");
      }
      Path reports = copy.resolve(row.module()).resolve("target/surefire-reports");
      deleteTree(reports);
      run(
          copy,
          List.of(
              "mvn", "-o", "-B", "-ntp", "-q", "-Pkernel", "-pl", row.module(), "-am", "verify",
              "-Dtest=" + row.test(), "-Dsurefire.failIfNoSpecifiedTests=false", "-Dspotless.check.skip"));
      if (!Files.isDirectory(reports)) {
        return say(row, false, "the test did not run; see target/promises.log");
      }
      boolean red = false;
      try (Stream<Path> files = Files.list(reports)) {
        for (Path report : files.filter(path -> path.toString().endsWith(".xml")).toList()) {
          String text = Files.readString(report);
          red |= text.contains("<failure") || text.contains("<error");
        }
      }
      return say(row, red, red ? "red" : "still green");
    } finally {
      Files.writeString(file, before);
    }
  }

  private static boolean say(Row row, boolean red, String what) {
    System.out.printf("%s %s: %s: %s%n", red ? "ok  " : "FAIL", row.test(), what, row.promise());
    return red;
  }

  private static void run(Path directory, List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolveSibling("promises.log").toFile()))
            .start();
    if (!process.waitFor(10, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** The tree with what was built, so that only what a change touches is built again. */
  private static void copyTree(Path root, Path copy) throws IOException, InterruptedException {
    deleteTree(copy);
    Files.createDirectories(copy);
    List<String> entries;
    try (Stream<Path> files = Files.list(root)) {
      entries =
          files
              .map(path -> path.getFileName().toString())
              .filter(name -> !name.equals("target") && !name.equals(".git"))
              .toList();
    }
    List<String> command = new ArrayList<>(List.of("cp", "-a", "--reflink=auto"));
    entries.forEach(name -> command.add(root.resolve(name).toString()));
    command.add(copy.toString());
    run(copy, command);
  }

  private static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .sorted(Collections.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
