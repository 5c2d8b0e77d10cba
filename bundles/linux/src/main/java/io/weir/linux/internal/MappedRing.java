package io.weir.linux.internal;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import io.weir.api.Problem;
import io.weir.linux.LinuxException;
import io.weir.linux.MapInfo;
import io.weir.linux.MapType;
import io.weir.linux.RingBatch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One ring as the kernel maps it (kernel/bpf/ringbuf.c).
 *
 * <pre>
 * page 0   consumer position, u64, written here
 * page 1   producer position, u64, written by the kernel; read only, as all that follows
 * page 2 … data, a power of two long, mapped twice in a row, so that no record is seen broken
 *
 * record   u32 length: bit 31 still being written, bit 30 discarded | u32 | data | up to 8 bytes
 * </pre>
 *
 * Positions only grow; a position modulo the size is a place in the data.
 */
final class MappedRing {
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private static final int HEADER = 8;
  private static final int BUSY = 1 << 31;
  private static final int DISCARDED = 1 << 30;

  private final Pointer consumerPage;
  private final Pointer producerPages;
  private final long producerBytes;
  private final ByteBuffer consumer;
  private final ByteBuffer producer;
  private final int mask;
  private final int page;
  private final AtomicLong oversized = new AtomicLong();

  private MappedRing(int page, Pointer consumerPage, Pointer producerPages, int size) {
    this.page = page;
    this.consumerPage = consumerPage;
    this.producerPages = producerPages;
    producerBytes = page + 2L * size;
    mask = size - 1;
    consumer = consumerPage.getByteBuffer(0, page).order(ByteOrder.nativeOrder());
    producer = producerPages.getByteBuffer(0, producerBytes).order(ByteOrder.nativeOrder());
  }

  static MappedRing map(MapInfo info, int fd) {
    if (info.type() != MapType.RINGBUF.number()) {
      throw new LinuxException(
          LinuxException.EINVAL,
          Problem.of("map " + info.name(), "a ringbuf", MapType.nameOf(info.type())));
    }
    int size = info.maxEntries();
    int page = Libc.getpagesize();
    Pointer first = map(info, page, Libc.PROT_READ | Libc.PROT_WRITE, fd, 0);
    try {
      return new MappedRing(
          page, first, map(info, page + 2L * size, Libc.PROT_READ, fd, page), size);
    } catch (RuntimeException e) {
      Libc.munmap(first, page);
      throw e;
    }
  }

  /** Puts records into {@code batch} from its {@code count}th on; returns the new count. */
  int read(RingBatch batch, int count) {
    long position = (long) LONG.getAcquire(consumer, 0);
    long end = (long) LONG.getAcquire(producer, 0);
    int records = count;
    int at = count == 0 ? 0 : batch.starts()[count - 1] + round(batch.lengths()[count - 1]);
    int room = batch.bytes().length;
    // Whole stretches are copied at once, with the headers between records: a copy a record costs
    // more.
    long from = position;
    int copied = at;
    while (position < end && records < batch.starts().length) {
      int header = (int) INT.getAcquire(producer, page + (int) (position & mask));
      if ((header & BUSY) != 0) {
        break;
      }
      int length = header & ~DISCARDED;
      boolean left = (header & DISCARDED) != 0;
      if (left || round(length) > room) {
        oversized.addAndGet(left ? 0 : 1);
        copy(from, position, batch.bytes(), copied);
        position += round(length + HEADER);
        from = position;
        copied = at;
        continue;
      }
      int start = position == from ? at : at + HEADER;
      if (start + round(length) > room) {
        break;
      }
      batch.starts()[records] = start;
      batch.lengths()[records] = length;
      records++;
      at = start + round(length);
      position += round(length + HEADER);
    }
    copy(from, position, batch.bytes(), copied);
    LONG.setRelease(consumer, 0, position);
    return records;
  }

  /**
   * Records from the first one's data on; what is mapped twice in a row shows them in one piece.
   */
  private void copy(long from, long to, byte[] bytes, int at) {
    if (to > from) {
      producer.get(page + HEADER + (int) (from & mask), bytes, at, (int) (to - from) - HEADER);
    }
  }

  long waitingBytes() {
    return (long) LONG.getAcquire(producer, 0) - (long) LONG.getAcquire(consumer, 0);
  }

  long oversized() {
    return oversized.get();
  }

  void unmap() {
    Libc.munmap(consumerPage, page);
    Libc.munmap(producerPages, producerBytes);
  }

  private static int round(int bytes) {
    return (bytes + 7) & ~7;
  }

  private static Pointer map(MapInfo info, long length, int protection, int fd, long offset) {
    try {
      return Libc.mmap(null, length, protection, Libc.MAP_SHARED, fd, offset);
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), "ring " + info.name());
    }
  }
}
