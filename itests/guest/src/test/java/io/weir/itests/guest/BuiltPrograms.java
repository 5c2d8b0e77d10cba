package io.weir.itests.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The programs of an object as its ELF has them, so that nobody's idea of what to load is taken for
 * what was built: global functions in sections of code other than {@code .text}, which holds what
 * programs call.
 */
final class BuiltPrograms {
  private static final int ELF_64 = 2;
  private static final int SYMBOL_TABLE = 2; // SHT_SYMTAB
  private static final int EXECUTABLE = 4; // SHF_EXECINSTR
  private static final int SYMBOL_SIZE = 24;
  private static final int GLOBAL_FUNCTION = 1 << 4 | 2; // STB_GLOBAL, STT_FUNC

  private record Section(String name, int type, long flags, int offset, int size, int link) {}

  private BuiltPrograms() {}

  /** Their names, in the order of the symbols. */
  static List<String> of(String file, byte[] bytes) {
    ByteBuffer elf = ByteBuffer.wrap(bytes);
    if (bytes.length < 64 || elf.getInt(0) != 0x7f454c46 || bytes[4] != ELF_64) {
      throw new IllegalArgumentException(file + ": expected an object in ELF64");
    }
    elf.order(bytes[5] == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    List<Section> sections = sections(elf);
    List<String> programs = new ArrayList<>();
    for (Section table : sections) {
      if (table.type() != SYMBOL_TABLE) {
        continue;
      }
      int names = sections.get(table.link()).offset();
      for (int at = table.offset(); at < table.offset() + table.size(); at += SYMBOL_SIZE) {
        int place = elf.getShort(at + 6) & 0xffff;
        if (elf.get(at + 4) == GLOBAL_FUNCTION && place > 0 && isOfPrograms(sections.get(place))) {
          programs.add(string(elf, names + elf.getInt(at)));
        }
      }
    }
    return programs;
  }

  private static boolean isOfPrograms(Section section) {
    return (section.flags() & EXECUTABLE) != 0 && !section.name().equals(".text");
  }

  private static List<Section> sections(ByteBuffer elf) {
    int headers = Math.toIntExact(elf.getLong(0x28));
    int size = elf.getShort(0x3a) & 0xffff;
    int count = elf.getShort(0x3c) & 0xffff;
    int names = Math.toIntExact(elf.getLong(headers + size * (elf.getShort(0x3e) & 0xffff) + 0x18));
    List<Section> sections = new ArrayList<>();
    for (int header = headers; sections.size() < count; header += size) {
      sections.add(
          new Section(
              string(elf, names + elf.getInt(header)),
              elf.getInt(header + 4),
              elf.getLong(header + 8),
              Math.toIntExact(elf.getLong(header + 0x18)),
              Math.toIntExact(elf.getLong(header + 0x20)),
              elf.getInt(header + 0x28)));
    }
    return sections;
  }

  private static String string(ByteBuffer elf, int at) {
    int end = at;
    while (elf.get(end) != 0) {
      end++;
    }
    return new String(elf.array(), at, end - at, StandardCharsets.UTF_8);
  }
}
