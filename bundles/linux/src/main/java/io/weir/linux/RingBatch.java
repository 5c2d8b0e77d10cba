package io.weir.linux;

/**
 * Room for records, used again and again.
 *
 * <p>Record {@code i} is {@code lengths()[i]} bytes from {@code starts()[i]} on, a multiple of 8,
 * of {@code bytes()}; {@code i} is below what {@link RingReader#read} returned.
 */
public final class RingBatch {
  private final byte[] bytes;
  private final int[] starts;
  private final int[] lengths;

  public RingBatch(int capacityBytes, int capacityRecords) {
    bytes = new byte[capacityBytes];
    starts = new int[capacityRecords];
    lengths = new int[capacityRecords];
  }

  public byte[] bytes() {
    return bytes;
  }

  public int[] starts() {
    return starts;
  }

  public int[] lengths() {
    return lengths;
  }
}
