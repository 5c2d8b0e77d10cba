package io.weir.policy.compile;

import java.util.ArrayList;
import java.util.List;

/** Ranges of 16-bit numbers as the fewest aligned blocks, none of which reaches beyond. */
final class PortBlocks {
  /**
   * The numbers whose first {@code bits} bits are those of {@code port}.
   *
   * @param bits 0–16
   */
  record Block(int port, int bits) {}

  private PortBlocks() {}

  static List<Block> of(int first, int last) {
    List<Block> blocks = new ArrayList<>();
    for (int at = first; at <= last; ) {
      int size = at == 0 ? 1 << 16 : Integer.lowestOneBit(at);
      while (at + size - 1 > last) {
        size >>= 1;
      }
      blocks.add(new Block(at, 16 - Integer.numberOfTrailingZeros(size)));
      at += size;
    }
    return blocks;
  }
}
