package io.weir.state;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.table.Change;
import io.weir.api.table.FencedException;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Step;
import io.weir.api.table.TableId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loop's thread. It sleeps until a table it follows has another sequence than the one it acted on
 * last, until it is woken, or until a time that was asked for; writers unpark it, nothing is
 * polled. {@link #signal} is cheap while the thread has something to do already.
 */
final class LoopThread implements Loop, Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(LoopThread.class);
  private static final long NEVER = Long.MAX_VALUE;

  private final String name;
  private final List<Follower<?, ?>> followers;
  private final Step step;
  private final TableStore store;
  private final Thread thread;
  private final LoopCounts counts = new LoopCounts();

  private final AtomicLong wakes = new AtomicLong(1);
  private volatile long wakesActedOn;
  private volatile boolean signalled = true;
  private volatile boolean closed;

  /** {@link System#nanoTime} of the wake-up asked for by {@link #wakeAfter}, or NEVER. */
  private final AtomicLong alarm = new AtomicLong(NEVER);

  private volatile String failure = "";
  private int failures;
  private long failedAt;
  private long retryAt = NEVER;

  LoopThread(String name, List<Follower<?, ?>> followers, Step step, TableStore store) {
    this.name = name;
    this.followers = List.copyOf(followers);
    this.step = step;
    this.store = store;
    thread = new Thread(this, name);
    thread.setDaemon(true);
    thread.setContextClassLoader(step.getClass().getClassLoader());
  }

  void start() {
    followers.forEach(this::follow);
    thread.start();
  }

  String name() {
    return name;
  }

  LoopCounts counts() {
    return counts;
  }

  List<Follower<?, ?>> followers() {
    return followers;
  }

  long wakes() {
    return wakes.get();
  }

  boolean wokenUpTo(long number) {
    return wakesActedOn >= number;
  }

  boolean closed() {
    return closed;
  }

  /** Why the last step failed; empty when it did not. */
  String failure() {
    return failure;
  }

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /** Says that there may be something to do. */
  void signal() {
    if (!signalled) {
      signalled = true;
      LockSupport.unpark(thread);
    }
  }

  @Override
  public void wake() {
    wakes.incrementAndGet();
    signal();
  }

  @Override
  public void wakeAfter(Duration delay) {
    long at = System.nanoTime() + delay.toNanos();
    alarm.accumulateAndGet(at, (was, wanted) -> was == NEVER || wanted - was < 0 ? wanted : was);
    LockSupport.unpark(thread);
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    if (!isCurrentThread()) {
      joinUninterruptibly();
    }
  }

  @Override
  public void run() {
    try {
      while (!closed) {
        long now = System.nanoTime();
        ring(now);
        if (due(now)) {
          turn();
        } else {
          sleep(now);
        }
      }
    } finally {
      closed = true;
      followers.forEach(this::unfollow);
      store.ended(this);
      // Felix can forget a thread in the locks of a class loader (m_classLocks) when it has ended.
      Thread.currentThread().setContextClassLoader(null);
    }
  }

  /** Turns an alarm that has come into a wake-up. */
  private void ring(long now) {
    long at = alarm.get();
    if (at != NEVER && at - now <= 0 && alarm.compareAndSet(at, NEVER)) {
      wake();
    }
  }

  /** While a failed step waits, news shortens the wait to the first one, as it may be the cure. */
  private boolean due(long now) {
    if (failures == 0) {
      return signalled;
    }
    if (signalled) {
      signalled = false;
      long soon = failedAt + BackOff.FIRST.toNanos();
      retryAt = retryAt - soon < 0 ? retryAt : soon;
    }
    return retryAt - now <= 0;
  }

  private void sleep(long now) {
    long at = alarm.get();
    long wait = at == NEVER ? NEVER : at - now;
    if (failures > 0) {
      wait = Math.min(wait, retryAt - now);
    }
    if (wait == NEVER) {
      LockSupport.park(this);
    } else if (wait > 0) {
      LockSupport.parkNanos(this, wait);
    }
  }

  private void turn() {
    signalled = false;
    long woken = wakes.get();
    followers.forEach(Follower::take);
    if (woken == wakesActedOn && followers.stream().noneMatch(Follower::tookNews)) {
      return;
    }
    long start = System.nanoTime();
    try {
      step.run(new Taken(wakesActedOn == 0));
    } catch (FencedException e) {
      LOG.info("{}: {}; this loop ends", name, e.getMessage());
      closed = true;
      return;
    } catch (Throwable e) {
      failed(e);
      return;
    } finally {
      counts.step(System.nanoTime() - start);
    }
    followers.forEach(follower -> follower.acted(store.exactness()));
    wakesActedOn = woken;
    succeeded();
  }

  private void failed(Throwable cause) {
    failures++;
    counts.failure();
    failedAt = System.nanoTime();
    Duration wait = BackOff.after(failures);
    retryAt = failedAt + wait.toNanos();
    String reason = cause instanceof ProblemException ? cause.getMessage() : cause.toString();
    Throwable trace = reason.equals(failure) || cause instanceof ProblemException ? null : cause;
    failure = reason;
    LOG.warn("{}: {}; tried again in {} ms", name, reason, wait.toMillis(), trace);
    store.moved();
  }

  private void succeeded() {
    if (failures > 0) {
      LOG.info("{}: works again after {} failed steps", name, failures);
      failures = 0;
      failure = "";
    }
    store.moved();
  }

  private <K, R> void follow(Follower<K, R> follower) {
    follower.table.follow(follower, this);
  }

  private <K, R> void unfollow(Follower<K, R> follower) {
    follower.table.unfollow(follower, this);
  }

  private void joinUninterruptibly() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The inputs of one step. */
  private final class Taken implements Inputs {
    private final boolean first;
    private final Map<Follower<?, ?>, List<?>> changes = new HashMap<>();

    Taken(boolean first) {
      this.first = first;
    }

    @Override
    public <K, R> Snapshot<K, R> snapshot(TableId<K, R> table) {
      return follower(table).taken();
    }

    @Override
    @SuppressWarnings("unchecked")
    public <K, R> List<Change<K, R>> changes(TableId<K, R> table) {
      Follower<K, R> follower = follower(table);
      return (List<Change<K, R>>)
          changes.computeIfAbsent(follower, f -> follower.taken().since(follower.base()));
    }

    @Override
    public boolean changed(TableId<?, ?> table) {
      return follower(table).tookRevision();
    }

    @Override
    public boolean first() {
      return first;
    }

    @SuppressWarnings("unchecked")
    private <K, R> Follower<K, R> follower(TableId<K, R> id) {
      for (Follower<?, ?> follower : followers) {
        if (follower.table.id().equals(id)) {
          return (Follower<K, R>) follower;
        }
      }
      throw Problem.of("loop " + name, "a table that it follows", "table " + id)
          .remedy("name the table when the loop is started")
          .asException();
    }
  }
}
