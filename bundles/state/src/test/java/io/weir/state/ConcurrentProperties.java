package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.weir.api.table.Change;
import io.weir.api.table.Epoch;
import io.weir.api.table.FencedException;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Table;
import io.weir.api.table.TableId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Several threads take turns at being the same owners of a shared table, each believing that it is
 * still in charge, while loops follow and readers look.
 *
 * <p>A value is {@code generation:number}; a turn of a higher generation begins later. Rows named
 * {@code kept} are the same in all turns.
 */
final class ConcurrentProperties {
  private static final TableId<String, String> ID = TablePropertyTest.id(true);
  private static final int OWNERS = 2;
  private static final int GENERATIONS = 12;
  private static final int WRITES = 150;
  private static final int FOLLOWERS = 3;
  private static final Duration LONG = Duration.ofSeconds(30);

  private final TableStore store;
  private final Table<String, String> table;
  private final long seed;
  private final AtomicReference<String> wrong = new AtomicReference<>();
  private final List<Replica> replicas = new ArrayList<>();
  private final Map<String, String> expected = new HashMap<>();

  private ConcurrentProperties(long seed, Exactness exactness) {
    this.seed = seed;
    store = new TableStore(exactness);
    table = store.table(ID);
  }

  /** Throws an {@link AssertionError} when something happened that must not. */
  static void check(long seed, Exactness exactness) throws InterruptedException {
    ConcurrentProperties properties = new ConcurrentProperties(seed, exactness);
    try {
      properties.run();
    } finally {
      properties.store.loops().forEach(Loop::close);
    }
  }

  private void run() throws InterruptedException {
    for (int owner = 0; owner < OWNERS; owner++) {
      Epoch<String, String> first = table.write(owner(owner));
      first.put(kept(owner), "same");
      first.synced();
    }
    for (int i = 0; i < FOLLOWERS; i++) {
      Replica replica = new Replica(new Random(seed + i));
      replicas.add(replica);
      store.loop("io.weir.follower-" + i, List.of(ID), replica::step);
    }
    List<Thread> threads = new ArrayList<>();
    for (int owner = 0; owner < OWNERS; owner++) {
      int number = owner;
      threads.add(started(() -> manage(number)));
    }
    Thread reader = started(this::look);
    for (Thread thread : threads) {
      thread.join();
    }
    reader.interrupt();
    reader.join();
    assertThat(wrong.get()).isNull();
    assertThat(store.settle(LONG)).as("settled").isTrue();
    assertThat(wrong.get()).isNull();
    assertThat(contentOf(table.snapshot())).as("rows of the last turns").isEqualTo(expected);
    for (Replica replica : replicas) {
      assertThat(replica.rows).as("what a follower was told").isEqualTo(expected);
    }
  }

  /** Begins one turn after the other; the writers of older ones go on until they are fenced. */
  private void manage(int owner) {
    Random random = new Random(seed * 31 + owner);
    List<Thread> writers = new ArrayList<>();
    AtomicInteger generation = new AtomicInteger();
    for (int turn = 1; turn <= GENERATIONS; turn++) {
      Epoch<String, String> epoch = table.write(owner(owner));
      generation.set(turn);
      int number = turn;
      long turnSeed = random.nextLong();
      CountDownLatch begun = new CountDownLatch(1);
      writers.add(started(() -> turn(owner, number, epoch, new Random(turnSeed), begun)));
      await(begun);
    }
    writers.forEach(ConcurrentProperties::join);
  }

  private void turn(
      int owner, int generation, Epoch<String, String> epoch, Random random, CountDownLatch begun) {
    Map<String, String> mine = new HashMap<>();
    try {
      epoch.put(kept(owner), "same");
      mine.put(kept(owner), "same");
      for (int i = 0; i < WRITES; i++) {
        String key = owner + "/" + random.nextInt(12);
        if (random.nextInt(4) == 0) {
          epoch.remove(key);
          mine.remove(key);
        } else {
          epoch.put(key, generation + ":" + i);
          mine.put(key, generation + ":" + i);
        }
        if (i == WRITES / 3) {
          begun.countDown();
        }
        if (i == WRITES / 2) {
          epoch.synced();
        }
      }
      if (generation == GENERATIONS) {
        synchronized (expected) {
          expected.putAll(mine);
        }
      }
    } catch (FencedException e) {
      if (generation == GENERATIONS) {
        wrong.compareAndSet(null, "the newest turn was fenced off");
      }
    } finally {
      begun.countDown();
    }
  }

  /** Rows that every turn writes never go, and revisions never go back. */
  private void look() {
    long revision = 0;
    while (!Thread.currentThread().isInterrupted() && wrong.get() == null) {
      Snapshot<String, String> snapshot = table.snapshot();
      for (int owner = 0; owner < OWNERS; owner++) {
        if (snapshot.get(kept(owner)).isEmpty()) {
          wrong.compareAndSet(null, "a row that its owner always writes was away");
        }
      }
      if (snapshot.revision() < revision) {
        wrong.compareAndSet(null, "the revision went back");
      }
      revision = snapshot.revision();
      int rows = 0;
      for (Row<String, String> row : snapshot.rows()) {
        rows++;
        if (row.revision() > revision) {
          wrong.compareAndSet(null, "a row is newer than its snapshot");
        }
      }
      if (rows != snapshot.size()) {
        wrong.compareAndSet(null, "a snapshot's size is not that of its rows");
      }
    }
  }

  /** A follower that knows the table only by what it is told. */
  private final class Replica {
    private final Map<String, String> rows = new HashMap<>();
    private final Map<String, Integer> generations = new HashMap<>();
    private final Random random;
    private long revision;

    Replica(Random random) {
      this.random = random;
    }

    void step(Inputs inputs) {
      if (random.nextInt(50) == 0) {
        throw new IllegalStateException("a step that fails now and then");
      }
      long last = revision;
      for (Change<String, String> change : inputs.changes(ID)) {
        if (change.revision() <= last) {
          wrong.compareAndSet(null, "changes came out of the order of revisions");
        }
        last = change.revision();
        apply(change);
      }
      revision = inputs.snapshot(ID).revision();
      if (!rows.equals(contentOf(inputs.snapshot(ID)))) {
        wrong.compareAndSet(null, "a follower's changes do not lead up to its snapshot");
      }
    }

    private void apply(Change<String, String> change) {
      Optional<String> known = Optional.ofNullable(rows.get(change.key()));
      if (!known.equals(change.before())) {
        wrong.compareAndSet(null, "a change was told from a row that the follower has not seen");
      }
      if (change.after().isEmpty()) {
        rows.remove(change.key());
        return;
      }
      String value = change.after().get();
      rows.put(change.key(), value);
      if (value.indexOf(':') > 0) {
        String owner = change.key().substring(0, 1);
        int generation = Integer.parseInt(value.substring(0, value.indexOf(':')));
        if (generation < generations.getOrDefault(owner, 0)) {
          wrong.compareAndSet(null, "an older turn wrote after a newer one");
        }
        generations.merge(owner, generation, Math::max);
      }
    }
  }

  private static Map<String, String> contentOf(Snapshot<String, String> snapshot) {
    Map<String, String> content = new HashMap<>();
    snapshot.rows().forEach(row -> content.put(row.key(), row.value()));
    return content;
  }

  private static Owner owner(int number) {
    return Owner.of("io.weir.owner-" + number);
  }

  private static String kept(int owner) {
    return owner + "/kept";
  }

  private static Thread started(Runnable action) {
    Thread thread = new Thread(action);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      fail("interrupted", e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      fail("interrupted", e);
    }
  }
}
