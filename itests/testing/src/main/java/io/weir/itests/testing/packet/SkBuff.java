package io.weir.itests.testing.packet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The context of a test-run of a program of traffic control. */
public final class SkBuff {
  private static final int BYTES = 192;
  private static final int IFINDEX = 40;

  private SkBuff() {}

  /** {@code struct __sk_buff} (linux/bpf.h) of a packet met at an interface; all else is 0. */
  public static byte[] at(int ifindex) {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.nativeOrder())
        .putInt(IFINDEX, ifindex)
        .array();
  }
}
