package io.weir.cni;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Who may work now: one call at a time for each attachment, and not more than so many ADDs at once,
 * so that a burst of pods does not make each of them late. A DEL does not wait for an ADD to end
 * well: it tells it to give up.
 */
final class Turns {
  private static final long SLICE_MILLIS = 250;

  private final ConcurrentMap<Attachment, Turn> taken = new ConcurrentHashMap<>();
  private final IntSupplier most;
  private int running;

  Turns(IntSupplier most) {
    this.most = most;
  }

  /** The right to work on one attachment, until it is closed. */
  final class Turn implements AutoCloseable, Progress {
    private final Attachment attachment;
    private final Progress progress;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean deleted;

    private Turn(Attachment attachment, Progress progress) {
      this.attachment = attachment;
      this.progress = progress;
    }

    @Override
    public void alive() {
      if (deleted) {
        throw new AbandonedException("a DEL has come");
      }
      progress.alive();
    }

    @Override
    public void close() {
      taken.remove(attachment, this);
      over.countDown();
    }
  }

  Turn take(Attachment attachment, Progress progress) throws InterruptedException {
    return take(attachment, progress, false);
  }

  /** Ends the ADD that is under way, if there is one, and waits until it has undone its work. */
  Turn takeToDelete(Attachment attachment, Progress progress) throws InterruptedException {
    return take(attachment, progress, true);
  }

  private Turn take(Attachment attachment, Progress progress, boolean delete)
      throws InterruptedException {
    Turn turn = new Turn(attachment, progress);
    while (true) {
      Turn other = taken.putIfAbsent(attachment, turn);
      if (other == null) {
        return turn;
      }
      if (delete) {
        other.deleted = true;
      }
      do {
        progress.alive();
      } while (!other.over.await(SLICE_MILLIS, TimeUnit.MILLISECONDS));
    }
  }

  /** Waits until fewer ADDs than the limit are at work, and counts as one until it is closed. */
  Place place(Progress progress) throws InterruptedException {
    while (!enter()) {
      progress.alive();
    }
    return new Place();
  }

  private synchronized boolean enter() throws InterruptedException {
    if (running >= most.getAsInt()) {
      wait(SLICE_MILLIS);
    }
    boolean room = running < most.getAsInt();
    running += room ? 1 : 0;
    return room;
  }

  /** One of the ADDs at work. */
  final class Place implements AutoCloseable {
    @Override
    public void close() {
      synchronized (Turns.this) {
        running--;
        Turns.this.notifyAll();
      }
    }
  }
}
