package io.weir.linux;

import java.time.Duration;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Copies records out of rings, in the order in which each ring got them; used by one thread. A
 * record is handed out once: its place is free for the kernel when the call returns.
 */
@ProviderType
public interface RingReader extends AutoCloseable {
  /**
   * Copies as many whole records as are there and fit, in place of what the batch held.
   *
   * @return how many; 0 at once when there is none
   * @throws IllegalStateException once the reader is closed
   */
  int read(RingBatch into);

  /**
   * As {@link #read}, but waits for a record: dozes from 50 µs up to 50 ms, longer the longer the
   * rings have been empty, since a wake-up by the kernel costs the packet that causes it more.
   *
   * @return how many; 0 when {@code most} has passed or the thread is interrupted
   * @throws IllegalStateException once the reader is closed
   */
  int await(RingBatch into, Duration most) throws InterruptedException;

  /** Bytes that wait in all rings, headers of records included. */
  long waitingBytes();

  /** Records that were dropped because not even an empty batch holds them. */
  long oversized();

  /**
   * Waits until a call that is under way has returned, from any thread. What has not been read
   * waits for the next reader.
   */
  @Override
  void close();
}
