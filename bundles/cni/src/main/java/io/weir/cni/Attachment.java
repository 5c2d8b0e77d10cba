package io.weir.cni;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A container's interface: what ADD makes, and DEL takes away. */
record Attachment(String containerId, String interfaceName) {
  private static final int HASH_LENGTH = 11;

  /** The key of its address claim. */
  String claim() {
    return containerId + "/" + interfaceName;
  }

  /**
   * The name of the veth's end in the node's namespace: 15 characters, the most that the kernel
   * takes. The hash has 55 bits, so that two attachments of a node never meet.
   */
  String hostInterface() {
    String hash = new BigInteger(1, digest()).toString(32);
    return "weir" + hash.substring(hash.length() - HASH_LENGTH);
  }

  /** Whether {@link #hostInterface} gives such names. */
  static boolean isHostInterface(String name) {
    return name.matches("weir[0-9a-v]{" + HASH_LENGTH + "}");
  }

  /** The MAC of the pod's end: locally administered, the same each time. */
  String mac() {
    byte[] digest = digest();
    StringBuilder text = new StringBuilder("%02x".formatted(digest[0] & 0xfc | 0x02));
    for (int i = 1; i < 6; i++) {
      text.append(":%02x".formatted(digest[i]));
    }
    return text.toString();
  }

  private byte[] digest() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(claim().getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
