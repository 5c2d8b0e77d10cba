package io.weir.console.sysdump;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** Writes a tar file, ustar of POSIX.1-1988, through gzip. */
final class Archive implements AutoCloseable {
  private static final int BLOCK = 512;
  private static final int NAME_BYTES = 100;
  private static final int PREFIX_BYTES = 155;
  private static final String MODE = "0000600\0";

  private final OutputStream out;
  private final long seconds;
  private long bytes;

  Archive(OutputStream file, long seconds) throws IOException {
    this.out = new GZIPOutputStream(file);
    this.seconds = seconds;
  }

  /** Bytes of all entries so far. */
  long bytes() {
    return bytes;
  }

  void add(String name, byte[] content) throws IOException {
    out.write(header(name, content.length));
    out.write(content);
    out.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
    bytes += content.length;
  }

  private byte[] header(String name, int length) {
    byte[] block = new byte[BLOCK];
    int cut = cut(name);
    put(block, 0, name.substring(cut == 0 ? 0 : cut + 1));
    put(block, 100, MODE);
    put(block, 108, "0000000\0");
    put(block, 116, "0000000\0");
    put(block, 124, "%011o\0".formatted(length));
    put(block, 136, "%011o\0".formatted(seconds));
    put(block, 148, "        "); // the check sum counts as spaces
    block[156] = '0';
    put(block, 257, "ustar\00000");
    put(block, 345, name.substring(0, cut));
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum));
    return block;
  }

  /** Where a long name is cut in two at a slash; 0 where it need not be. */
  private static int cut(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length <= NAME_BYTES) {
      return 0;
    }
    int cut = name.lastIndexOf('/', PREFIX_BYTES);
    if (cut < 1 || length - cut - 1 > NAME_BYTES || length != name.length()) {
      throw new IllegalArgumentException("a name that is too long for the archive: " + name);
    }
    return cut;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] some = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(some, 0, block, at, some.length);
  }

  @Override
  public void close() throws IOException {
    byte[] end = new byte[2 * BLOCK];
    Arrays.fill(end, (byte) 0);
    out.write(end);
    out.close();
  }
}
