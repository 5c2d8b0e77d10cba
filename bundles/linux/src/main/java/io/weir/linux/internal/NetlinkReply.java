package io.weir.linux.internal;

import io.weir.api.row.Address;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One message of an answer: its fixed part and its attributes.
 *
 * @param body what follows the header
 */
record NetlinkReply(int type, byte[] body) {
  private static final int TYPE_MASK = 0x3fff;

  int u8(int at) {
    return body[at] & 0xff;
  }

  int u16(int at) {
    return buffer(body).getShort(at) & 0xffff;
  }

  int u32(int at) {
    return buffer(body).getInt(at);
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
