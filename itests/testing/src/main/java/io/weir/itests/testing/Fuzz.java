package io.weir.itests.testing;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Feeds a parser with inputs that nobody would write, for {@code weir.fuzz.seconds} (1 unless set),
 * from {@code weir.fuzz.seed}. Without a seed a run of set length takes a new one, and the short
 * run among the other tests always the same. Input {@code n} follows from seed + n alone: the seed
 * that a failure names brings its input back as the first.
 */
public final class Fuzz {
  /** What no parser may need for one input; far beyond what any needs. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final long SHORT_RUN_SEED = 1;
  private static final long SPREAD = 0x9e3779b97f4a7c15L;
  private static final int MOST_SHOWN = 2000;

  private final Random random;

  private Fuzz(long seed) {
    random = new Random(seed * SPREAD);
  }

  /** Takes an input; whatever it throws is a failure. */
  public interface Target<T> {
    void take(T input) throws Exception;
  }

  /** Inputs until the time is over; an {@link AssertionError} at the first that fails or hangs. */
  public static <T> void run(Function<Fuzz, T> inputs, Target<T> target) {
    Long seconds = Long.getLong("weir.fuzz.seconds");
    long seed = Long.getLong("weir.fuzz.seed", seconds == null ? SHORT_RUN_SEED : newSeed());
    Duration time = Duration.ofSeconds(seconds == null ? 1 : seconds);
    String who =
        StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
            .getCallerClass()
            .getSimpleName();
    System.out.printf("%s: weir.fuzz.seed=%s for %s s%n", who, seed, time.toSeconds());
    long count = new Run<>(inputs, target).all(seed, time, LONGEST);
    System.out.printf("%s: %d inputs%n", who, count);
  }

  static <T> long run(
      long seed, Duration time, Duration longest, Function<Fuzz, T> inputs, Target<T> target) {
    return new Run<>(inputs, target).all(seed, time, longest);
  }

  private static long newSeed() {
    return System.nanoTime() & 0xffffffffL;
  }

  public Random random() {
    return random;
  }

  public <T> T oneOf(List<T> some) {
    return some.get(random.nextInt(some.size()));
  }

  /** One of the texts, changed in up to eight places, with pieces of the others. */
  public String text(List<String> texts) {
    return Mutation.text(random, oneOf(texts), oneOf(texts));
  }

  /** One of the byte strings, changed in up to eight places, with pieces of the others. */
  public byte[] bytes(List<byte[]> some) {
    return Mutation.bytes(random, oneOf(some), oneOf(some));
  }

  public byte[] randomBytes(int most) {
    byte[] bytes = new byte[random.nextInt(most + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  /**
   * Maps, lists and leaves, changed in up to four places.
   *
   * @param leaves what may stand anywhere instead
   */
  public Object tree(Object value, List<?> leaves) {
    Object changed = value;
    for (int more = random.nextInt(4); more >= 0; more--) {
      changed = Mutation.tree(random, changed, leaves);
    }
    return changed;
  }

  /** One run: the inputs on a thread of their own, so that one that hangs is seen. */
  private static final class Run<T> {
    private final Function<Fuzz, T> inputs;
    private final Target<T> target;
    private volatile Object input = "none yet";
    private volatile long number;
    private volatile long begun = System.nanoTime();

    Run(Function<Fuzz, T> inputs, Target<T> target) {
      this.inputs = inputs;
      this.target = target;
    }

    long all(long seed, Duration time, Duration longest) {
      CompletableFuture<Long> done = new CompletableFuture<>();
      Thread thread = new Thread(() -> feed(seed, time, done), "fuzz");
      thread.setDaemon(true);
      thread.start();
      while (true) {
        try {
          return done.get(50, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (System.nanoTime() - begun > longest.toNanos()) {
            AssertionError hang = failure(seed, "not done after " + longest, null);
            hang.setStackTrace(thread.getStackTrace());
            throw hang;
          }
        } catch (ExecutionException e) {
          throw (AssertionError) e.getCause();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new AssertionError(e);
        }
      }
    }

    private void feed(long seed, Duration time, CompletableFuture<Long> done) {
      long end = System.nanoTime() + time.toNanos();
      try {
        do {
          T next = inputs.apply(new Fuzz(seed + number));
          input = next;
          begun = System.nanoTime();
          target.take(next);
          number++;
        } while (System.nanoTime() - end < 0);
        done.complete(number);
      } catch (Throwable e) { // an overflow of the stack, too, is a parser's failure
        done.completeExceptionally(failure(seed, e.toString(), e));
      }
    }

    private AssertionError failure(long seed, String what, Throwable cause) {
      return new AssertionError(
          "%s%nagain with -Dweir.fuzz.seed=%s; the input:%n%s"
              .formatted(what, seed + number, shown(input)),
          cause);
    }
  }

  static String shown(Object input) {
    String text;
    if (input instanceof byte[] bytes) {
      text = HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, MOST_SHOWN));
    } else if (input instanceof Collection<?> many) {
      text = many.stream().map(Fuzz::shown).toList().toString();
    } else if (input instanceof Object[] many) {
      text = Arrays.stream(many).map(Fuzz::shown).toList().toString();
    } else {
      text = String.valueOf(input);
    }
    StringBuilder printable = new StringBuilder();
    for (char c : text.substring(0, Math.min(text.length(), MOST_SHOWN)).toCharArray()) {
      printable.append(c == '\n' || c >= ' ' && c < 127 ? "" + c : "\\u%04x".formatted((int) c));
    }
    return printable.append(text.length() > MOST_SHOWN ? "…" : "").toString();
  }
}
