package io.weir.linux.internal;

import com.sun.jna.Pointer;

/**
 * A type as text, by its BTF (Documentation/bpf/btf.rst of the kernel): what reads the same has the
 * same fields at the same places. {@code {seen@0:u32, port@32:__be16}12}, offsets in bits.
 *
 * <pre>
 * struct btf_type      name_off u32 | info u32: vlen in bits 0–15, kind in 24–28 | size or type u32, then
 * struct btf_array     type u32 | index type u32 | elements u32
 * struct btf_member    name_off u32 | type u32 | offset u32       vlen times
 * </pre>
 */
final class TypeText {
  private static final int INT = 1;
  private static final int ARRAY = 3;
  private static final int STRUCT = 4;
  private static final int UNION = 5;
  private static final int ENUM = 6;
  private static final int TYPEDEF = 8;
  private static final int VOLATILE = 9;
  private static final int CONST = 10;
  private static final int TYPE_BYTES = 12;

  private final Pointer btf;

  private TypeText(Pointer btf) {
    this.btf = btf;
  }

  /** Of a map's key and value; empty where BTF does not tell them. */
  static String of(Pointer btf, int key, int value) {
    TypeText text = new TypeText(btf);
    return btf == null || key == 0 || value == 0 ? "" : text.of(key) + " → " + text.of(value);
  }

  private String of(int id) {
    Pointer type = Libbpf.btf__type_by_id(btf, id);
    int size = type.getInt(8); // or the type that is referred to
    int kind = type.getInt(4) >>> 24 & 0x1f;
    return switch (kind) {
      case INT -> "u" + 8 * size;
      case ARRAY -> of(type.getInt(TYPE_BYTES)) + "[" + type.getInt(TYPE_BYTES + 8L) + "]";
      case STRUCT, UNION -> (kind == UNION ? "union" : "") + members(type) + size;
      case ENUM -> "enum" + 8 * size;
      case TYPEDEF -> name(type).startsWith("__be") ? name(type) : of(size);
      case VOLATILE, CONST -> of(size);
      default -> "kind " + kind;
    };
  }

  private String members(Pointer struct) {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < (struct.getInt(4) & 0xffff); i++) {
      Pointer member = struct.share(TYPE_BYTES + 12L * i);
      text.append(i == 0 ? "" : ", ")
          .append(name(member))
          .append('@')
          .append(member.getInt(8))
          .append(':')
          .append(of(member.getInt(4)));
    }
    return text.append('}').toString();
  }

  private String name(Pointer of) {
    return Libbpf.btf__name_by_offset(btf, of.getInt(0)).getString(0, "UTF-8");
  }
}
