package io.weir.console;

/**
 * Interrupts the thread that made it, until it is closed: callers close their connection when they
 * have their answer, and by then the thread may be at work for another.
 */
final class Interruption implements AutoCloseable {
  private final Thread runner = Thread.currentThread();
  private boolean closed;

  synchronized void happen() {
    if (!closed) {
      runner.interrupt();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
