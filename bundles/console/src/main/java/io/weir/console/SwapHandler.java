package io.weir.console;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.console.swap.Swapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.karaf.shell.support.CommandException;

/**
 * {@code weir swap}. A caller who leaves does not end a swap that has begun: it goes on by itself,
 * to its end or back.
 */
final class SwapHandler implements SocketHandler {
  private static final int MOST_WATCH_SECONDS = 3600;

  private final Supplier<Swapper> swappers;

  SwapHandler(Supplier<Swapper> swappers) {
    this.swappers = swappers;
  }

  @Override
  public String verb() {
    return "swap";
  }

  @Override
  public Help help() {
    return new Help(
        "swap BUNDLE URL|FILE|DIR|VERSION | swap --all DIR  [--watch SECONDS] [-n] [-o json]",
        """
        Replaces a bundle in place, watches it, and takes it back by itself where it does not work.
        VERSION is one in the distribution's repository. --all DIR swaps a whole release, in order.
        -n shows what is affected and touches nothing. --watch: 30, of --all 5 after each; 0: not.""");
  }

  @Override
  public int handle(SocketCall call) throws Exception {
    List<String> words = new ArrayList<>();
    boolean json = Commands.takeFormat(call.arguments(), words);
    Path here = Path.of(call.environment().getOrDefault("PWD", "/"));
    Swapper.Request request = request(words, here);
    Swapper swapper = swappers.get();
    CompletableFuture<Listing> end = new CompletableFuture<>();
    ConsoleThreads.swap(
            () -> {
              try {
                end.complete(swapper.run(request, call.err()::println));
              } catch (Throwable e) {
                end.completeExceptionally(e);
              }
            })
        .start();
    Listing listing = await(call, end);
    call.out().print(json ? Listings.json(listing) : Listings.table(listing));
    return listing.complete() ? Dispatcher.DONE : Dispatcher.REFUSED;
  }

  private static Listing await(SocketCall call, CompletableFuture<Listing> end) throws Exception {
    try (Interruption interruption = new Interruption()) {
      call.onCancel(interruption::happen);
      return end.get();
    } catch (InterruptedException e) {
      call.err().println("swap: goes on; weir bundle list will show its end");
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  static Swapper.Request request(List<?> words, Path here) throws CommandException {
    List<String> plain = new ArrayList<>();
    Optional<Duration> watch = Optional.empty();
    boolean all = false;
    boolean dry = false;
    for (int i = 0; i < words.size(); i++) {
      String word = (String) words.get(i);
      switch (word) {
        case "--all" -> all = true;
        case "-n", "--dry-run" -> dry = true;
        case "--watch" -> watch = Optional.of(seconds(++i < words.size() ? words.get(i) : ""));
        default -> {
          if (word.startsWith("-")) {
            throw new CommandException(word + " is no option of it");
          }
          plain.add(word);
        }
      }
    }
    if (plain.size() != (all ? 1 : 2)) {
      throw new CommandException(
          all ? "expected a directory after --all" : "expected a bundle, and what comes instead");
    }
    return new Swapper.Request(
        all ? Optional.empty() : Optional.of(plain.get(0)),
        plain.get(plain.size() - 1),
        here,
        watch,
        dry);
  }

  private static Duration seconds(Object word) {
    try {
      int seconds = Integer.parseInt((String) word);
      if (seconds >= 0 && seconds <= MOST_WATCH_SECONDS) {
        return Duration.ofSeconds(seconds);
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw Problem.of("--watch", "seconds from 0 to " + MOST_WATCH_SECONDS, "\"" + word + '"')
        .asException();
  }
}
