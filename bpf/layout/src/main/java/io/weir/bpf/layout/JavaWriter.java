package io.weir.bpf.layout;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes a class {@code NameLayout} for each structure, with its size, the offset of each field,
 * and accessors on a byte array; {@code Abi} with every constant and the ABI number of each group
 * and map; {@code Wire}, which the accessors use.
 */
record JavaWriter(Btf btf, String javaPackage, Path directory) {

  void write() throws IOException {
    Files.createDirectories(directory);
    for (Btf.Struct struct : btf.structs().values()) {
      emit(camel(struct.name(), true) + "Layout", layout(struct));
    }
    emit("Abi", constants());
    emit("Wire", WIRE.replace("ORDER", order()));
  }

  private String order() {
    return btf.order() == ByteOrder.LITTLE_ENDIAN ? "LITTLE_ENDIAN" : "BIG_ENDIAN";
  }

  /** Leaves a file alone whose content would stay the same, so that nothing is compiled again. */
  private void emit(String name, String body) throws IOException {
    String text = "package " + javaPackage + ";\n\n" + body;
    Path file = directory.resolve(name + ".java");
    if (!Files.exists(file) || !Files.readString(file).equals(text)) {
      Files.writeString(file, text);
    }
  }

  private String layout(Btf.Struct struct) {
    StringBuilder out = new StringBuilder();
    out.append("/** {@code struct ").append(struct.name()).append("} of the programs. */\n");
    out.append("public final class ").append(camel(struct.name(), true)).append("Layout {\n");
    out.append("  public static final int SIZE = ").append(struct.size()).append(";\n");
    for (Btf.Field field : struct.fields()) {
      if (!field.name().startsWith("pad")) {
        field(out, field);
      }
    }
    out.append("\n  private ").append(camel(struct.name(), true)).append("Layout() {}\n}\n");
    return out.toString();
  }

  private void field(StringBuilder out, Btf.Field field) {
    String constant = field.name().toUpperCase(Locale.ROOT);
    out.append("\n  public static final int ").append(constant).append(" = ");
    out.append(field.offset()).append(";\n");
    String accessors = camel(field.name(), false);
    Btf.Type type = flattened(field.type());
    if (type instanceof Btf.Type.Number number) {
      String java = number.size() == 8 ? "long" : "int";
      String call = (number.network() ? "network" : "u") + 8 * number.size();
      out.append(
          """

            public static %1$s %2$s(byte[] record, int at) {
              return Wire.%3$s(record, at + %4$s);
            }

            public static void %2$s(byte[] record, int at, %1$s value) {
              Wire.%3$s(record, at + %4$s, value);
            }
          """
              .formatted(java, accessors, call, constant));
    } else if (type instanceof Btf.Type.Bytes bytes) {
      out.append(
          """

            public static byte[] %1$s(byte[] record, int at) {
              return Wire.bytes(record, at + %2$s, %3$d);
            }

            public static void %1$s(byte[] record, int at, byte[] value) {
              Wire.bytes(record, at + %2$s, %3$d, value);
            }
          """
              .formatted(accessors, constant, bytes.size()));
    }
  }

  /** A structure that is nothing but bytes is read and written as such. */
  private Btf.Type flattened(Btf.Type type) {
    if (type instanceof Btf.Type.Nested nested) {
      Btf.Struct struct = btf.structs().get(nested.struct());
      if (struct.fields().size() == 1) {
        return struct.fields().get(0).type();
      }
    }
    return type;
  }

  private String constants() {
    StringBuilder out = new StringBuilder();
    out.append("import java.util.Map;\n\n/** The numbers of the programs. */\n");
    out.append("public final class Abi {\n");
    for (Map.Entry<String, Map<String, Integer>> one : btf.enums().entrySet()) {
      out.append("\n  // enum ").append(one.getKey()).append('\n');
      one.getValue()
          .forEach(
              (name, value) ->
                  out.append("  public static final int ")
                      .append(name)
                      .append(" = ")
                      .append(value)
                      .append(";\n"));
    }
    out.append("\n  /** Group of maps → its ABI number. */\n");
    out.append(map("GROUPS", "Integer", Properties.groups(btf), value -> value));
    out.append("\n  /** Map → its group. */\n");
    out.append(map("MAPS", "String", btf.maps(), value -> '"' + value + '"'));
    return out.append("\n  private Abi() {}\n}\n").toString();
  }

  private static <V> String map(
      String name, String type, Map<String, V> map, java.util.function.Function<V, Object> value) {
    return map.entrySet().stream()
        .map(e -> "          Map.entry(\"" + e.getKey() + "\", " + value.apply(e.getValue()) + ")")
        .collect(
            Collectors.joining(
                ",\n",
                "  public static final Map<String, "
                    + type
                    + "> "
                    + name
                    + " =\n      Map.ofEntries(\n",
                ");\n"));
  }

  static String camel(String snake, boolean first) {
    StringBuilder out = new StringBuilder();
    boolean upper = first;
    for (char c : snake.toCharArray()) {
      if (c == '_') {
        upper = true;
      } else {
        out.append(upper ? Character.toUpperCase(c) : c);
        upper = false;
      }
    }
    return out.toString();
  }

  private static final String WIRE =
      """
      import java.lang.invoke.MethodHandles;
      import java.lang.invoke.VarHandle;
      import java.nio.ByteOrder;
      import java.util.Arrays;

      /** Unsigned numbers in the programs' order, {@code u}, and in the network's. */
      final class Wire {
        private static final VarHandle SHORTS = shorts(ByteOrder.ORDER);
        private static final VarHandle INTS = ints(ByteOrder.ORDER);
        private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.ORDER);
        private static final VarHandle NETWORK_SHORTS = shorts(ByteOrder.BIG_ENDIAN);
        private static final VarHandle NETWORK_INTS = ints(ByteOrder.BIG_ENDIAN);

        private Wire() {}

        static int u8(byte[] record, int at) {
          return record[at] & 0xff;
        }

        static void u8(byte[] record, int at, int value) {
          record[at] = (byte) value;
        }

        static int u16(byte[] record, int at) {
          return (short) SHORTS.get(record, at) & 0xffff;
        }

        static void u16(byte[] record, int at, int value) {
          SHORTS.set(record, at, (short) value);
        }

        static int u32(byte[] record, int at) {
          return (int) INTS.get(record, at);
        }

        static void u32(byte[] record, int at, int value) {
          INTS.set(record, at, value);
        }

        static long u64(byte[] record, int at) {
          return (long) LONGS.get(record, at);
        }

        static void u64(byte[] record, int at, long value) {
          LONGS.set(record, at, value);
        }

        static int network16(byte[] record, int at) {
          return (short) NETWORK_SHORTS.get(record, at) & 0xffff;
        }

        static void network16(byte[] record, int at, int value) {
          NETWORK_SHORTS.set(record, at, (short) value);
        }

        static int network32(byte[] record, int at) {
          return (int) NETWORK_INTS.get(record, at);
        }

        static void network32(byte[] record, int at, int value) {
          NETWORK_INTS.set(record, at, value);
        }

        static byte[] bytes(byte[] record, int at, int size) {
          return Arrays.copyOfRange(record, at, at + size);
        }

        static void bytes(byte[] record, int at, int size, byte[] value) {
          if (value.length != size) {
            throw new IllegalArgumentException("expected " + size + " bytes, got " + value.length);
          }
          System.arraycopy(value, 0, record, at, size);
        }

        private static VarHandle shorts(ByteOrder order) {
          return MethodHandles.byteArrayViewVarHandle(short[].class, order);
        }

        private static VarHandle ints(ByteOrder order) {
          return MethodHandles.byteArrayViewVarHandle(int[].class, order);
        }
      }
      """;
}
