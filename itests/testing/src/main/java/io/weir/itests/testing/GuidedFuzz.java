package io.weir.itests.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Feeds a parser of bytes with inputs that coverage guides: one of Java by Jazzer, one of C by
 * libFuzzer, each in a process of its own. What is worth keeping, beginnings and what once broke
 * it, lies in {@code src/test/fuzz/NAME} of the module and is fed in every run; new inputs are
 * looked for where {@code weir.fuzz.seconds} is set. One that breaks the parser is written into
 * that directory as {@code crash-…}, {@code timeout-…} or {@code oom-…}: whoever mends it commits
 * it.
 */
public final class GuidedFuzz {
  private static final String LONGEST_SECONDS = "10";
  private static final String LONGEST_BYTES = "65536";
  private static final String MOST_MEBIBYTES = "2048";
  private static final String CLANG = "clang-19";

  /** Besides the time of the search: to start, and to read what is kept. */
  private static final int START_SECONDS = 120;

  private static final List<String> LIBRARY =
      List.of(CLANG, "-fsanitize=fuzzer,address,undefined", "-x", "c", "-", "-o", "/dev/null");

  private GuidedFuzz() {}

  /** A parser of Java: whatever it throws is a failure. */
  public interface Target {
    void take(byte[] input) throws Exception;
  }

  /**
   * @param entry a class with {@code public static void fuzzerTestOneInput(byte[])}, which does
   *     what {@code target} does
   */
  public static void java(Class<?> entry, Target target) {
    Path kept = kept(entry.getSimpleName());
    for (Path input : inputs(kept)) {
      try {
        target.take(Files.readAllBytes(input));
      } catch (Throwable e) { // an overflow of the stack, too, is a parser's failure
        throw new AssertionError("%s: %s".formatted(input, e), e);
      }
    }
    search(
        entry.getSimpleName(),
        kept,
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xmx1g",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + entry.getName(),
            "--instrumentation_includes=io.weir.**",
            "--reproducer_path=target"));
  }

  /**
   * @param name of the directory of what is kept
   * @param words of the compiler: files and options, for a source with {@code
   *     LLVMFuzzerTestOneInput}
   */
  public static void c(String name, String... words) {
    Commands.Result library =
        Commands.tryRun(script("int LLVMFuzzerTestOneInput(void){return 0;}"));
    Assumptions.assumeTrue(
        library.code() == 0,
        "libFuzzer of " + CLANG + " is not here; install the Debian package libclang-rt-19-dev");
    Path kept = kept(name);
    Path program = work(name).resolve("fuzzer");
    List<String> compile = new ArrayList<>(LIBRARY.subList(0, 2));
    compile.addAll(List.of("-fno-sanitize-recover=all", "-g", "-O1", "-std=gnu11"));
    compile.addAll(List.of("-o", program.toString()));
    compile.addAll(Arrays.asList(words));
    Commands.run(compile.toArray(String[]::new));
    List<String> replay =
        new ArrayList<>(List.of(program.toString(), "-timeout=" + LONGEST_SECONDS));
    inputs(kept).forEach(input -> replay.add(input.toString()));
    if (replay.size() > 2) {
      run(name, replay, START_SECONDS);
    }
    search(name, kept, List.of(program.toString()));
  }

  private static String[] script(String source) {
    return new String[] {"sh", "-c", "echo '" + source + "' | " + String.join(" ", LIBRARY)};
  }

  private static void search(String name, Path kept, List<String> program) {
    Integer seconds = Integer.getInteger("weir.fuzz.seconds");
    if (seconds == null) {
      return;
    }
    Path found = work(name).resolve("found");
    List<String> words = new ArrayList<>(program);
    words.add("-max_total_time=" + seconds);
    words.add("-timeout=" + LONGEST_SECONDS);
    words.add("-max_len=" + LONGEST_BYTES);
    words.add("-rss_limit_mb=" + MOST_MEBIBYTES);
    words.add("-artifact_prefix=" + kept + "/");
    words.add("-print_final_stats=1");
    words.add(found.toString());
    words.add(kept.toString());
    String told;
    try {
      Files.createDirectories(found);
      told = run(name, words, seconds + START_SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    told.lines()
        .filter(line -> line.contains("number_of_executed_units") || line.contains("DONE"))
        .forEach(line -> System.out.println(name + ": " + line));
  }

  /** What it printed; an {@link AssertionError} with the end of it when it fails. */
  private static String run(String name, List<String> words, int seconds) {
    try {
      Path log = work(name).resolve("log");
      ProcessBuilder builder = new ProcessBuilder(words);
      builder.environment().put("ASAN_OPTIONS", "detect_leaks=0");
      Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
      boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      String told = new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1);
      if (!ended || process.exitValue() != 0) {
        throw new AssertionError(
            "%s: %s; all of it is in %s%n%s"
                .formatted(
                    name, ended ? "failed" : "does not end", log.toAbsolutePath(), end(told)));
      }
      return told;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String end(String told) {
    List<String> lines =
        told.lines().filter(line -> !line.startsWith("#")).toList(); // its progress
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  private static Path kept(String name) {
    return Path.of("src/test/fuzz", name);
  }

  private static Path work(String name) {
    try {
      return Files.createDirectories(Path.of("target/fuzz", name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> inputs(Path kept) {
    try (Stream<Path> files = Files.list(kept)) {
      List<Path> inputs = files.sorted().toList();
      if (inputs.isEmpty()) {
        throw new AssertionError(kept + ": expected beginnings, got none");
      }
      return inputs;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
