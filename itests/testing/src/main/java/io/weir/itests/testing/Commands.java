package io.weir.itests.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs of the machine, within half a minute each. */
public final class Commands {
  private static final long LIMIT_SECONDS = 30;

  private Commands() {}

  /** What a program left behind. */
  public record Result(int code, String out, String err) {}

  /**
   * Its standard output; an {@link AssertionError} with all it said when it exits with another code
   * than 0.
   */
  public static String run(String... words) {
    Result result = tryRun(words);
    if (result.code() != 0) {
      throw new AssertionError(
          "%s: exit %d%n%s%s"
              .formatted(String.join(" ", words), result.code(), result.out(), result.err()));
    }
    return result.out();
  }

  public static Result tryRun(String... words) {
    try {
      Process process = new ProcessBuilder(List.of(words)).start();
      process.getOutputStream().close();
      CompletableFuture<String> out =
          CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
      CompletableFuture<String> err =
          CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            "%s: not done after %d s".formatted(String.join(" ", words), LIMIT_SECONDS));
      }
      return new Result(process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String text(InputStream stream) {
    try (stream) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
