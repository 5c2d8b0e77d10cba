package io.weir.policy.compile;

import io.weir.api.row.Direction;
import java.util.Comparator;

/**
 * What endpoints have in common that share a compiled policy.
 *
 * @param ports for ingress, what the endpoint's named ports are; empty for egress
 */
record SlotKey(int identity, Direction direction, String ports) implements Comparable<SlotKey> {
  private static final Comparator<SlotKey> ORDER =
      Comparator.comparingInt(SlotKey::identity)
          .thenComparing(SlotKey::direction)
          .thenComparing(SlotKey::ports);

  @Override
  public int compareTo(SlotKey other) {
    return ORDER.compare(this, other);
  }

  /** {@code 256/INGRESS/http/6=8080}. */
  @Override
  public String toString() {
    return identity + "/" + direction + "/" + ports;
  }

  /** The inverse of {@link #toString}. */
  static SlotKey parse(String text) {
    String[] parts = text.split("/", 3);
    return new SlotKey(Integer.parseInt(parts[0]), Direction.valueOf(parts[1]), parts[2]);
  }
}
