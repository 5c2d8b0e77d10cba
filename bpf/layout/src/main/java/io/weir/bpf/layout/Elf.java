package io.weir.bpf.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** As much of ELF64 as it takes to find a section by its name. */
final class Elf {
  private static final int MAGIC = 0x7f454c46;
  private static final int CLASS_64 = 2;
  private static final int SECTION_HEADERS = 0x28; // e_shoff
  private static final int SECTION_HEADER_SIZE = 0x3a; // e_shentsize, e_shnum, e_shstrndx
  private final String name;
  private final ByteBuffer file;

  private Elf(String name, ByteBuffer file) {
    this.name = name;
    this.file = file;
  }

  static Elf read(Path path) throws IOException {
    return of(path.toString(), Files.readAllBytes(path));
  }

  static Elf of(String name, byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes);
    if (bytes.length < 64 || file.getInt(0) != MAGIC || file.get(4) != CLASS_64) {
      throw new IllegalArgumentException(
          name + ": expected an object in ELF64, got something else");
    }
    file.order(bytes[5] == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    return new Elf(name, file);
  }

  ByteOrder order() {
    return file.order();
  }

  ByteBuffer section(String wanted) {
    int headers = Math.toIntExact(file.getLong(SECTION_HEADERS));
    int size = file.getShort(SECTION_HEADER_SIZE) & 0xffff;
    int count = file.getShort(SECTION_HEADER_SIZE + 2) & 0xffff;
    ByteBuffer names = body(headers + size * (file.getShort(SECTION_HEADER_SIZE + 4) & 0xffff));
    for (int i = 0; i < count; i++) {
      int header = headers + size * i;
      if (string(names, file.getInt(header)).equals(wanted)) {
        return body(header);
      }
    }
    throw new IllegalArgumentException(
        name + ": expected a section " + wanted + ", found none; compile with -g");
  }

  static String string(ByteBuffer strings, int at) {
    int end = at;
    while (strings.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - at];
    strings.get(at, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private ByteBuffer body(int header) {
    int offset = Math.toIntExact(file.getLong(header + 0x18));
    int length = Math.toIntExact(file.getLong(header + 0x20));
    return file.slice(offset, length).order(file.order());
  }
}
