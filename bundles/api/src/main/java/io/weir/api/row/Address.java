package io.weir.api.row;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * An IPv4 or IPv6 address: 4 or 16 bytes, as two longs in network order (IPv4 in the low 32 bits).
 */
public record Address(boolean ipv6, long high, long low) implements Comparable<Address> {
  private static final String OCTET = "(25[0-5]|2[0-4]\\d|[01]?\\d?\\d)";

  /** What has neither of these shapes, {@link InetAddress} may look up as a name. */
  private static final Predicate<String> FOUR =
      Pattern.compile(OCTET + "(\\." + OCTET + "){3}").asMatchPredicate();

  private static final Predicate<String> SIX =
      Pattern.compile("(?=.*:)[0-9a-fA-F:][0-9a-fA-F:.]*").asMatchPredicate();

  public static Address of(byte[] bytes) {
    return switch (bytes.length) {
      case 4 -> new Address(false, 0, toLong(bytes, 0, 4));
      case 16 -> new Address(true, toLong(bytes, 0, 8), toLong(bytes, 8, 8));
      default -> throw new IllegalArgumentException("expected 4 or 16 bytes, got " + bytes.length);
    };
  }

  /**
   * Reads an address literal; names are not looked up.
   *
   * @throws IllegalArgumentException when {@code text} is none
   */
  public static Address parse(String text) {
    boolean six = SIX.test(text);
    if (!six && !FOUR.test(text)) {
      throw new IllegalArgumentException("no IP address: " + text);
    }
    try {
      InetAddress address = InetAddress.getByName(text);
      if (six && address instanceof Inet4Address) {
        byte[] mapped = new byte[16];
        mapped[10] = mapped[11] = (byte) 0xff;
        System.arraycopy(address.getAddress(), 0, mapped, 12, 4);
        return of(mapped);
      }
      return of(address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no IP address: " + text, e);
    }
  }

  /** 4 or 16 bytes in network order. */
  public byte[] bytes() {
    byte[] bytes = new byte[ipv6 ? 16 : 4];
    if (ipv6) {
      fromLong(high, bytes, 0, 8);
      fromLong(low, bytes, 8, 8);
    } else {
      fromLong(low, bytes, 0, 4);
    }
    return bytes;
  }

  /** 16 bytes in network order, IPv4 as {@code ::ffff:a.b.c.d}: the form of the kernel's maps. */
  public byte[] mapped() {
    byte[] bytes = new byte[16];
    if (ipv6) {
      fromLong(high, bytes, 0, 8);
      fromLong(low, bytes, 8, 8);
    } else {
      bytes[10] = bytes[11] = (byte) 0xff;
      fromLong(low, bytes, 12, 4);
    }
    return bytes;
  }

  /** The inverse of {@link #mapped}. */
  public static Address ofMapped(byte[] bytes) {
    Address six = of(bytes);
    return six.high == 0 && six.low >>> 32 == 0xffffL
        ? new Address(false, 0, six.low & 0xffffffffL)
        : six;
  }

  /** 32 or 128. */
  public int bits() {
    return ipv6 ? 128 : 32;
  }

  /** The address {@code offset} further on. */
  public Address plus(long offset) {
    long sum = low + offset;
    if (!ipv6) {
      return new Address(false, 0, sum & 0xffffffffL);
    }
    boolean carry = Long.compareUnsigned(sum, low) < 0;
    return new Address(true, carry ? high + 1 : high, sum);
  }

  @Override
  public int compareTo(Address other) {
    if (ipv6 != other.ipv6) {
      return ipv6 ? 1 : -1;
    }
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /** IPv4 dotted, IPv6 after RFC 5952. */
  @Override
  public String toString() {
    if (!ipv6) {
      return (low >> 24 & 0xff)
          + "."
          + (low >> 16 & 0xff)
          + "."
          + (low >> 8 & 0xff)
          + "."
          + (low & 0xff);
    }
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (int) ((i < 4 ? high : low) >>> (48 - 16 * (i % 4))) & 0xffff;
    }
    return compress(groups);
  }

  public InetAddress inet() {
    try {
      byte[] bytes = bytes();
      return ipv6 ? Inet6Address.getByAddress("", bytes, -1) : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(Arrays.toString(bytes()), e);
    }
  }

  private static String compress(int[] groups) {
    int start = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        start = i;
        length = end - i;
      }
      i = Math.max(i, end - 1);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":");
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  private static long toLong(byte[] bytes, int from, int count) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 8 | bytes[from + i] & 0xff;
    }
    return value;
  }

  private static void fromLong(long value, byte[] bytes, int from, int count) {
    for (int i = 0; i < count; i++) {
      bytes[from + i] = (byte) (value >>> 8 * (count - 1 - i));
    }
  }
}
