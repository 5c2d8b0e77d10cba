package io.weir.linux.internal;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One message of an answer: its fixed part and its attributes.
 *
 * @param body what follows the header
 */
record NetlinkReply(int type, byte[] body) {
  private static final int TYPE_MASK = 0x3fff;

  /**
   * A message as it came.
   *
   * @param sequence of the question that it answers
   */
  record Framed(int type, int flags, int sequence, byte[] body) {}

  /**
   * Cuts what one read gave into messages.
   *
   * @throws io.weir.api.ProblemException for one that is shorter than its header, or cut off
   */
  static List<Framed> split(byte[] bytes, int length) {
    List<Framed> messages = new ArrayList<>();
    ByteBuffer buffer = buffer(bytes);
    for (int at = 0; at + NetlinkMessage.HEADER_BYTES <= length; ) {
      int size = buffer.getInt(at);
      if (size < NetlinkMessage.HEADER_BYTES || size > length - at) {
        throw Problem.of(
                "rtnetlink",
                "a message of " + NetlinkMessage.HEADER_BYTES + " to " + (length - at) + " bytes",
                "one of " + size)
            .asException();
      }
      messages.add(
          new Framed(
              buffer.getShort(at + 4),
              buffer.getShort(at + 6),
              buffer.getInt(at + 8),
              Arrays.copyOfRange(bytes, at + NetlinkMessage.HEADER_BYTES, at + size)));
      at += (size + 3) & ~3;
    }
    return messages;
  }

  int u8(int at) {
    return fixed(at, Byte.BYTES).get(at) & 0xff;
  }

  int u16(int at) {
    return fixed(at, Short.BYTES).getShort(at) & 0xffff;
  }

  int u32(int at) {
    return fixed(at, Integer.BYTES).getInt(at);
  }

  /**
   * A block of addresses.
   *
   * @throws io.weir.api.ProblemException where the address has fewer bits
   */
  static Prefix prefix(Address address, int bits) {
    if (bits > address.bits()) {
      throw Problem.of("rtnetlink: " + address, "at most " + address.bits() + " bits", "" + bits)
          .asException();
    }
    return new Prefix(address, bits);
  }

  private ByteBuffer fixed(int at, int bytes) {
    if (at + bytes > body.length) {
      throw Problem.of(
              "rtnetlink: a message of type " + type,
              "at least " + (at + bytes) + " bytes",
              "" + body.length)
          .asException();
    }
    return buffer(body);
  }

  /** The attributes after a fixed part of this length. */
  Attributes attributes(int fixedBytes) {
    return Attributes.of(body, fixedBytes);
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  /** Attributes by type; of a type that comes twice, the last. */
  record Attributes(Map<Integer, byte[]> values) {
    static Attributes of(byte[] bytes, int from) {
      Map<Integer, byte[]> values = new HashMap<>();
      ByteBuffer buffer = buffer(bytes);
      int at = from;
      while (at + NetlinkMessage.ATTRIBUTE_BYTES <= bytes.length) {
        int length = buffer.getShort(at) & 0xffff;
        if (length < NetlinkMessage.ATTRIBUTE_BYTES || at + length > bytes.length) {
          break;
        }
        int type = buffer.getShort(at + 2) & TYPE_MASK;
        values.put(
            type, Arrays.copyOfRange(bytes, at + NetlinkMessage.ATTRIBUTE_BYTES, at + length));
        at += (length + 3) & ~3;
      }
      return new Attributes(values);
    }

    boolean has(int type) {
      return values.containsKey(type);
    }

    int u32(int type, int otherwise) {
      byte[] value = values.get(type);
      return value == null || value.length < 4 ? otherwise : buffer(value).getInt(0);
    }

    String text(int type) {
      byte[] value = values.getOrDefault(type, new byte[0]);
      int length =
          value.length > 0 && value[value.length - 1] == 0 ? value.length - 1 : value.length;
      return new String(value, 0, length, StandardCharsets.UTF_8);
    }

    Optional<Address> address(int type) {
      byte[] value = values.get(type);
      return value == null || value.length != 4 && value.length != 16
          ? Optional.empty()
          : Optional.of(Address.of(value));
    }

    String mac(int type) {
      byte[] value = values.get(type);
      return value == null || value.length != 6 ? "" : Macs.text(value);
    }

    Attributes nested(int type) {
      return of(values.getOrDefault(type, new byte[0]), 0);
    }
  }
}
