package io.weir.lab;

import io.weir.api.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Other programs, run as processes. */
final class Processes {
  private Processes() {}

  /** What a program said and how it ended. */
  record Result(int code, String out, String err) {
    boolean good() {
      return code == 0;
    }

    /** The first thing it said about why it failed. */
    String why() {
      String text = err.isBlank() ? out : err;
      return text.isBlank() ? "exit code " + code : text.strip();
    }
  }

  /** Runs to the end, {@code input} as its standard input. */
  static Result run(List<String> command, Map<String, String> environment, String input) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      Process process = builder.start();
      CompletableFuture<String> err =
          CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // A program that does not read to the end says itself why it failed.
      }
      String out = text(process.getInputStream());
      return new Result(process.waitFor(), out, err.join());
    } catch (IOException e) {
      throw Problem.of(command.get(0), "a program that can be run", String.valueOf(e.getMessage()))
          .asException();
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  static Result run(String... command) {
    return run(List.of(command), Map.of(), "");
  }

  /**
   * Runs a command that leaves this program's session by itself: what it says until it has, and 0;
   * or that it ended. Its other output goes where it sends it.
   */
  static Result runDetached(List<String> command, Map<String, String> environment) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      String out = text(process.getInputStream());
      String err = text(process.getErrorStream());
      return new Result(out.isBlank() ? process.waitFor() : 0, out, err);
    } catch (IOException e) {
      throw Problem.of(command.get(0), "a program that can be run", String.valueOf(e.getMessage()))
          .asException();
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /** Runs to the end, and fails where it failed. */
  static String must(String what, Result result) {
    if (!result.good()) {
      throw Problem.of(what, result.why()).asException();
    }
    return result.out();
  }

  /**
   * Runs with this program's own streams; the exit code. Killed when this program is told to end.
   */
  static int attached(List<String> command, Map<String, String> environment) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
      builder.environment().putAll(environment);
      Process process = builder.start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
      return process.waitFor();
    } catch (IOException e) {
      throw Problem.of(command.get(0), "a program that can be run", String.valueOf(e.getMessage()))
          .asException();
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  static List<String> words(Object... parts) {
    List<String> words = new ArrayList<>();
    for (Object part : parts) {
      if (part instanceof List<?> list) {
        list.forEach(item -> words.add(item.toString()));
      } else {
        words.add(part.toString());
      }
    }
    return words;
  }

  static IllegalStateException interrupted() {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted");
  }

  private static String text(InputStream stream) {
    try (stream) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
