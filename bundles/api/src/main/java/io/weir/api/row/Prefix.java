package io.weir.api.row;

/**
 * An address block.
 *
 * @param address with the bits beyond {@code length} cleared
 * @param length 0–32 or 0–128
 */
public record Prefix(Address address, int length) implements Comparable<Prefix> {
  public Prefix {
    if (length < 0 || length > address.bits()) {
      throw new IllegalArgumentException(
          "expected a prefix length from 0 to " + address.bits() + ", got " + length);
    }
    address = masked(address, length);
  }

  public static Prefix host(Address address) {
    return new Prefix(address, address.bits());
  }

  /**
   * Reads {@code 10.0.0.0/8}, or a bare address as a block of one. Bits beyond the length are
   * cleared.
   *
   * @throws IllegalArgumentException when {@code text} is neither
   */
  public static Prefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return host(Address.parse(text));
    }
    String length = text.substring(slash + 1);
    if (!length.matches("\\d{1,3}")) {
      throw new IllegalArgumentException("no prefix length: " + text);
    }
    return new Prefix(Address.parse(text.substring(0, slash)), Integer.parseInt(length));
  }

  public boolean contains(Address other) {
    return other.ipv6() == address.ipv6() && masked(other, length).equals(address);
  }

  /** Whether {@code other} lies wholly in this block; true of the block itself. */
  public boolean contains(Prefix other) {
    return other.length >= length && contains(other.address);
  }

  @Override
  public int compareTo(Prefix other) {
    int byAddress = address.compareTo(other.address);
    return byAddress != 0 ? byAddress : Integer.compare(length, other.length);
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }

  private static Address masked(Address address, int length) {
    if (!address.ipv6()) {
      long mask = length == 0 ? 0 : -1L << (32 - length) & 0xffffffffL;
      return new Address(false, 0, address.low() & mask);
    }
    long high = length == 0 ? 0 : length >= 64 ? -1L : -1L << (64 - length);
    long low = length <= 64 ? 0 : -1L << (128 - length);
    return new Address(true, address.high() & high, address.low() & low);
  }
}
