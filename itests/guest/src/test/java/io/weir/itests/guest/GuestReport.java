package io.weir.itests.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a guest has left behind: see {@code itests/guest/guest}. */
record GuestReport(Path directory, String release, List<Program> programs, List<Check> checks) {
  private static final int LAST_LINES = 25;

  /**
   * A program that the guest has tried.
   *
   * @param instructions that the verifier looked at, all paths together; 0 when it was refused
   * @param said "attached", or what the kernel said to loading, attaching, replacing or detaching
   */
  record Program(
      String object, String name, String section, boolean loaded, long instructions, String said) {
    boolean attached() {
      return loaded && said.equals("attached");
    }
  }

  /** Something tried with packets. */
  record Check(String name, boolean ok, String seen) {}

  static GuestReport read(Path directory) {
    return new GuestReport(
        directory,
        text(directory.resolve("release")).strip(),
        programs(directory),
        rows(directory.resolve("checks.tsv"), 3)
            .map(cells -> new Check(cells[0], cells[1].equals("ok"), cells[2].strip()))
            .toList());
  }

  /** What {@code c/load} says of each program. */
  static List<Program> programs(Path directory) {
    return rows(directory.resolve("programs.tsv"), 6).map(GuestReport::program).toList();
  }

  /** The verifier's words on a program. */
  Path log(Program program) {
    return log(directory, program);
  }

  static Path log(Path directory, Program program) {
    return directory.resolve("verifier").resolve(program.object()).resolve(program.name() + ".log");
  }

  /** What is wrong with the programs, with the end of the verifier's log of each one refused. */
  String complaints() {
    return programs.stream()
        .filter(program -> !program.attached())
        .map(
            program ->
                "%s: %s of %s.bpf.o was expected to load and attach: %s%n%s"
                    .formatted(
                        release,
                        program.name(),
                        program.object(),
                        program.said(),
                        program.loaded() ? "" : end(text(log(program)))))
        .collect(Collectors.joining("\n"));
  }

  private static Program program(String[] cells) {
    return new Program(
        cells[0],
        cells[1],
        cells[2],
        cells[3].equals("loaded"),
        Long.parseLong(cells[4]),
        cells[5]);
  }

  private static Stream<String[]> rows(Path file, int cells) {
    return text(file).lines().map(line -> line.split("\t", cells));
  }

  private static String end(String log) {
    List<String> lines = log.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
