package io.weir.bpf.layout;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The types of an object, as its BTF has them (Documentation/bpf/btf.rst of the kernel): named
 * structures, named enumerations, and maps with the group that their declaration tag names.
 */
record Btf(
    ByteOrder order,
    Map<String, Struct> structs,
    Map<String, Map<String, Integer>> enums,
    Map<String, String> maps) {

  /** A structure; {@code fields} in order of their offsets, padding included. */
  record Struct(String name, int size, List<Field> fields) {}

  /** {@code offset} in bytes. */
  record Field(String name, int offset, Type type) {}

  /** What a field can be. */
  sealed interface Type {
    /** An unsigned number; {@code network}: big-endian whatever the machine is. */
    record Number(int size, boolean network) implements Type {}

    record Bytes(int size) implements Type {}

    record Nested(String struct, int size) implements Type {}
  }

  static Btf of(Elf object) {
    return new Reader(object.section(".BTF")).read(object.order());
  }

  private static final class Reader {
    private static final int INT = 1;
    private static final int ARRAY = 3;
    private static final int STRUCT = 4;
    private static final int UNION = 5;
    private static final int ENUM = 6;
    private static final int TYPEDEF = 8;
    private static final int FUNC_PROTO = 13;
    private static final int VAR = 14;
    private static final int DATASEC = 15;
    private static final int DECL_TAG = 17;
    private static final int ENUM64 = 19;
    private static final int MAGIC = 0xeb9f;
    private static final String GROUP = "group:";

    private final ByteBuffer types;
    private final ByteBuffer strings;

    /** Where each type begins; the first has number 1. */
    private final List<Integer> starts = new ArrayList<>(List.of(-1));

    Reader(ByteBuffer btf) {
      int magic = btf.getShort(0) & 0xffff;
      if (magic != MAGIC || btf.get(2) != 1) {
        throw new IllegalArgumentException(
            "expected BTF of version 1, got magic 0x%x and version %d"
                .formatted(magic, btf.get(2)));
      }
      int header = btf.getInt(4);
      types = btf.slice(header + btf.getInt(8), btf.getInt(12)).order(btf.order());
      strings = btf.slice(header + btf.getInt(16), btf.getInt(20)).order(btf.order());
      for (int at = 0; at < types.capacity(); at += 12 + tail(at)) {
        starts.add(at);
      }
    }

    Btf read(ByteOrder order) {
      Map<String, Struct> structs = new TreeMap<>();
      Map<String, Map<String, Integer>> enums = new TreeMap<>();
      Map<String, String> maps = new TreeMap<>();
      for (int at : starts.subList(1, starts.size())) {
        String name = name(at);
        if (kind(at) == STRUCT && !name.isEmpty()) {
          structs.put(name, struct(at));
        } else if (kind(at) == ENUM && !name.isEmpty()) {
          enums.put(name, constants(at));
        } else if (kind(at) == DECL_TAG && name.startsWith(GROUP)) {
          maps.put(name(starts.get(reference(at))), name.substring(GROUP.length()));
        }
      }
      return new Btf(order, structs, enums, maps);
    }

    private Struct struct(int at) {
      List<Field> fields = new ArrayList<>();
      for (int i = 0; i < vlen(at); i++) {
        int member = at + 12 + 12 * i;
        String name = string(types.getInt(member));
        int bits = types.getInt(member + 8);
        if (bits % 8 != 0 || (types.getInt(at + 4) < 0 && bits >>> 24 != 0)) {
          throw new IllegalArgumentException(
              "struct %s: %s is a bit-field; the ABI has none".formatted(name(at), name));
        }
        fields.add(new Field(name, bits / 8, type(types.getInt(member + 4))));
      }
      return new Struct(name(at), reference(at), fields);
    }

    private Type type(int number) {
      boolean network = false;
      int at = starts.get(number);
      while (kind(at) == TYPEDEF) {
        network |= name(at).startsWith("__be");
        at = starts.get(reference(at));
      }
      return switch (kind(at)) {
        case INT -> new Type.Number(reference(at), network);
        case STRUCT -> new Type.Nested(name(at), reference(at));
        case ARRAY -> array(at);
        default ->
            throw new IllegalArgumentException(
                "expected a number, bytes or a struct in the ABI, got BTF kind " + kind(at));
      };
    }

    private Type array(int at) {
      Type element = type(types.getInt(at + 12));
      if (element instanceof Type.Number one && one.size() == 1) {
        return new Type.Bytes(types.getInt(at + 20));
      }
      throw new IllegalArgumentException(
          "expected arrays of bytes only in the ABI, got " + element);
    }

    private Map<String, Integer> constants(int at) {
      Map<String, Integer> constants = new LinkedHashMap<>();
      for (int i = 0; i < vlen(at); i++) {
        int constant = at + 12 + 8 * i;
        constants.put(string(types.getInt(constant)), types.getInt(constant + 4));
      }
      return constants;
    }

    /** How many bytes follow the three words that every type begins with. */
    private int tail(int at) {
      return switch (kind(at)) {
        case INT, VAR, DECL_TAG -> 4;
        case ARRAY -> 12;
        case STRUCT, UNION, DATASEC, ENUM64 -> 12 * vlen(at);
        case ENUM, FUNC_PROTO -> 8 * vlen(at);
        default -> 0;
      };
    }

    private int kind(int at) {
      return types.getInt(at + 4) >>> 24 & 0x1f;
    }

    private int vlen(int at) {
      return types.getInt(at + 4) & 0xffff;
    }

    /** The size, or the type that is referred to. */
    private int reference(int at) {
      return types.getInt(at + 8);
    }

    private String name(int at) {
      return string(types.getInt(at));
    }

    private String string(int at) {
      return Elf.string(strings, at);
    }
  }
}
