package io.weir.linux.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A netlink message as it is written: a header, a fixed part, attributes.
 *
 * <pre>
 * struct nlmsghdr   0 len u32   4 type u16   6 flags u16   8 seq u32   12 pid u32
 * struct nlattr     0 len u16   2 type u16   value, padded to 4 bytes
 * </pre>
 */
final class NetlinkMessage {
  static final int HEADER_BYTES = 16;
  static final int ATTRIBUTE_BYTES = 4;

  static final int REQUEST = 0x1;
  static final int ACK = 0x4;
  static final int DUMP = 0x300;
  static final int REPLACE = 0x100;
  static final int EXCL = 0x200;
  static final int CREATE = 0x400;

  private ByteBuffer bytes = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());

  NetlinkMessage(int type, int flags) {
    bytes.putInt(0).putShort((short) type).putShort((short) (REQUEST | flags)).putInt(0).putInt(0);
  }

  NetlinkMessage u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  NetlinkMessage u16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  NetlinkMessage u32(int value) {
    room(4).putInt(value);
    return this;
  }

  NetlinkMessage attribute(int type, byte[] value) {
    room(ATTRIBUTE_BYTES + value.length + 3)
        .putShort((short) (ATTRIBUTE_BYTES + value.length))
        .putShort((short) type)
        .put(value);
    pad();
    return this;
  }

  NetlinkMessage attribute(int type, int value) {
    byte[] raw = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
    return attribute(type, raw);
  }

  /** NUL-terminated. */
  NetlinkMessage attribute(int type, String text) {
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    return attribute(type, Arrays.copyOf(raw, raw.length + 1));
  }

  /** An attribute whose value is what {@code inside} writes. */
  NetlinkMessage nested(int type, Runnable inside) {
    int start = bytes.position();
    room(ATTRIBUTE_BYTES).putInt(0);
    inside.run();
    bytes.putShort(start, (short) (bytes.position() - start));
    bytes.putShort(start + 2, (short) type);
    return this;
  }

  byte[] bytes(int sequence) {
    bytes.putInt(0, bytes.position()).putInt(8, sequence);
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  private void pad() {
    while (bytes.position() % 4 != 0) {
      bytes.put((byte) 0);
    }
  }

  private ByteBuffer room(int needed) {
    if (bytes.remaining() < needed) {
      bytes =
          ByteBuffer.allocate(2 * (bytes.capacity() + needed))
              .order(ByteOrder.nativeOrder())
              .put(bytes.flip());
    }
    return bytes;
  }
}
