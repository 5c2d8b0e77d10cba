package io.weir.itests.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** As much of an object in ELF64 as tells what its code is and what it calls. */
final class BuiltObject {
  private static final int ELF_64 = 2;
  private static final int SYMBOL_TABLE = 2; // SHT_SYMTAB
  private static final int RELOCATIONS = 9; // SHT_REL
  private static final int EXECUTABLE = 4; // SHF_EXECINSTR
  private static final int SYMBOL_SIZE = 24;
  private static final int RELOCATION_SIZE = 16;
  private static final int FUNCTION = 2; // STT_FUNC
  private static final int GLOBAL = 1; // STB_GLOBAL

  record Section(String name, int type, long flags, int offset, int size, int link, int relocated) {
    boolean isCode() {
      return (flags & EXECUTABLE) != 0;
    }
  }

  /**
   * A symbol of the object.
   *
   * @param section its number; {@code value} counts from its beginning
   */
  record Symbol(String name, int info, int section, int value, int size) {
    boolean isFunction() {
      return (info & 15) == FUNCTION;
    }

    boolean isGlobal() {
      return info >> 4 == GLOBAL;
    }
  }

  private final ByteBuffer elf;
  private final List<Section> sections = new ArrayList<>();
  private final List<Symbol> symbols = new ArrayList<>();

  private BuiltObject(ByteBuffer elf) {
    this.elf = elf;
    int headers = Math.toIntExact(elf.getLong(0x28));
    int size = elf.getShort(0x3a) & 0xffff;
    int count = elf.getShort(0x3c) & 0xffff;
    int names = Math.toIntExact(elf.getLong(headers + size * (elf.getShort(0x3e) & 0xffff) + 0x18));
    for (int header = headers; sections.size() < count; header += size) {
      sections.add(
          new Section(
              string(names + elf.getInt(header)),
              elf.getInt(header + 4),
              elf.getLong(header + 8),
              Math.toIntExact(elf.getLong(header + 0x18)),
              Math.toIntExact(elf.getLong(header + 0x20)),
              elf.getInt(header + 0x28),
              elf.getInt(header + 0x2c)));
    }
    for (Section table : sections) {
      if (table.type() == SYMBOL_TABLE) {
        readSymbols(table);
      }
    }
  }

  static BuiltObject of(String file, byte[] bytes) {
    ByteBuffer elf = ByteBuffer.wrap(bytes);
    if (bytes.length < 64 || elf.getInt(0) != 0x7f454c46 || bytes[4] != ELF_64) {
      throw new IllegalArgumentException(file + ": expected an object in ELF64");
    }
    return new BuiltObject(
        elf.order(bytes[5] == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN));
  }

  private void readSymbols(Section table) {
    int names = sections.get(table.link()).offset();
    for (int at = table.offset(); at < table.offset() + table.size(); at += SYMBOL_SIZE) {
      symbols.add(
          new Symbol(
              string(names + elf.getInt(at)),
              elf.get(at + 4),
              elf.getShort(at + 6) & 0xffff,
              Math.toIntExact(elf.getLong(at + 8)),
              Math.toIntExact(elf.getLong(at + 16))));
    }
  }

  /** All functions, static ones too, in the order of the symbols. */
  List<Symbol> functions() {
    return symbols.stream().filter(Symbol::isFunction).filter(this::isOfCode).toList();
  }

  private static boolean isPlace(int section) {
    return section > 0 && section < 0xff00; // SHN_LORESERVE
  }

  private boolean isOfCode(Symbol symbol) {
    return isPlace(symbol.section()) && sections.get(symbol.section()).isCode();
  }

  /**
   * What the kernel calls: global functions in sections of code other than {@code .text}, which
   * holds what programs call.
   */
  List<Symbol> programs() {
    return functions().stream()
        .filter(Symbol::isGlobal)
        .filter(symbol -> !sections.get(symbol.section()).name().equals(".text"))
        .toList();
  }

  /** The function's instructions, 8 bytes each. */
  ByteBuffer code(Symbol function) {
    Section section = sections.get(function.section());
    return elf.slice(section.offset() + function.value(), function.size()).order(elf.order());
  }

  /** What a section's code refers to: offset of the instruction in its section → symbol. */
  Map<Integer, Symbol> references(int section) {
    Map<Integer, Symbol> references = new HashMap<>();
    for (Section table : sections) {
      if (table.type() == RELOCATIONS && table.relocated() == section) {
        for (int at = table.offset(); at < table.offset() + table.size(); at += RELOCATION_SIZE) {
          Symbol symbol = symbols.get(elf.getInt(at + 12));
          if (isOfCode(symbol)) {
            references.put(Math.toIntExact(elf.getLong(at)), symbol);
          }
        }
      }
    }
    return references;
  }

  private String string(int at) {
    int end = at;
    while (elf.get(end) != 0) {
      end++;
    }
    return new String(elf.array(), at, end - at, StandardCharsets.UTF_8);
  }
}
