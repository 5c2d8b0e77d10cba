package io.weir.state;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Waits for consequences.
 *
 * <p>A pass notes where every table stands and how often every loop has been woken, and waits until
 * each loop has acted on that. What a loop writes, it writes before it has acted, so the next pass
 * notes it: n passes cover chains of n loops. It has settled when a pass begins as the one before
 * it did; or after as many passes as there are loops, since no chain is longer and whatever still
 * moves then is others' doing.
 */
final class Settling {
  /** Chains of few loops may still go round, so that there are never fewer passes. */
  private static final int FEWEST_PASSES = 12;

  private final TableStore store;
  private final AtomicInteger waiting = new AtomicInteger();

  /** Where tables and loops stood when a pass began. */
  private record Mark(Map<StoredTable<?, ?>, Long> sequences, Map<LoopThread, Long> wakes) {
    boolean reachedBy(LoopThread loop) {
      if (loop.closed()) {
        return true;
      }
      Long woken = wakes.get(loop);
      if (woken != null && !loop.wokenUpTo(woken)) {
        return false;
      }
      for (Follower<?, ?> follower : loop.followers()) {
        Long sequence = sequences.get(follower.table);
        if (sequence != null && !follower.actedOn(sequence)) {
          return false;
        }
      }
      return true;
    }
  }

  Settling(TableStore store) {
    this.store = store;
  }

  boolean settle(Duration timeout) throws InterruptedException {
    if (store.loops().stream().anyMatch(LoopThread::isCurrentThread)) {
      throw new IllegalStateException(
          "settle: a step of loop %s waits for itself".formatted(Thread.currentThread().getName()));
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    waiting.incrementAndGet();
    try {
      Mark mark = mark();
      for (int pass = 0; pass < Math.max(FEWEST_PASSES, store.loops().size()); pass++) {
        if (!await(mark, deadline)) {
          return false;
        }
        Mark next = mark();
        if (next.equals(mark)) {
          return true;
        }
        mark = next;
      }
      return await(mark, deadline);
    } finally {
      waiting.decrementAndGet();
    }
  }

  List<String> unsettled() {
    Mark mark = mark();
    List<String> sentences = new ArrayList<>();
    for (LoopThread loop : store.loops()) {
      if (!mark.reachedBy(loop)) {
        sentences.add(sentence(loop));
      }
    }
    return sentences;
  }

  void moved() {
    if (waiting.get() > 0) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  private Mark mark() {
    Map<StoredTable<?, ?>, Long> sequences = new HashMap<>();
    for (StoredTable<?, ?> table : store.stored()) {
      sequences.put(table, table.current().sequence());
    }
    Map<LoopThread, Long> wakes = new HashMap<>();
    for (LoopThread loop : store.loops()) {
      wakes.put(loop, loop.wakes());
    }
    return new Mark(sequences, wakes);
  }

  private synchronized boolean await(Mark mark, long deadline) throws InterruptedException {
    for (LoopThread loop : store.loops()) {
      while (!mark.reachedBy(loop)) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        wait(left / 1_000_000, (int) (left % 1_000_000));
      }
    }
    return true;
  }

  private static String sentence(LoopThread loop) {
    StringBuilder text = new StringBuilder(loop.name());
    if (!loop.failure().isEmpty()) {
      return text.append(": its last step failed: ").append(loop.failure()).toString();
    }
    List<String> behind = new ArrayList<>();
    for (Follower<?, ?> follower : loop.followers()) {
      if (follower.behind()) {
        behind.add(
            "%s (at revision %s of %s)"
                .formatted(
                    follower.table.id(),
                    follower.base().revision(),
                    follower.table.current().revision()));
      }
    }
    text.append(": has not acted on ");
    return behind.isEmpty()
        ? text.append("a wake-up").toString()
        : text.append(String.join(", ", behind)).toString();
  }
}
