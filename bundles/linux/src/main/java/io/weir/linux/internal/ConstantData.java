package io.weir.linux.internal;

import com.sun.jna.Pointer;

/**
 * Finds a variable of {@code .rodata} by the object's BTF.
 *
 * <pre>
 * struct btf_type         name_off u32 | info u32: vlen in bits 0–15 | size u32, and for a section:
 * struct btf_var_secinfo  type u32 | offset u32 | size u32      vlen times
 * </pre>
 */
final class ConstantData {
  private static final int KIND_DATASEC = 15;
  private static final int TYPE_BYTES = 12;
  private static final int ENTRY_BYTES = 12;

  private ConstantData() {}

  record Place(int offset, int bytes) {}

  /** Null where there is no such variable. */
  static Place find(Pointer btf, String variable) {
    int section = btf == null ? -1 : Libbpf.btf__find_by_name_kind(btf, ".rodata", KIND_DATASEC);
    if (section < 0) {
      return null;
    }
    Pointer type = Libbpf.btf__type_by_id(btf, section);
    int count = type.getInt(4) & 0xffff;
    for (int i = 0; i < count; i++) {
      long at = TYPE_BYTES + (long) i * ENTRY_BYTES;
      Pointer entry = Libbpf.btf__type_by_id(btf, type.getInt(at));
      String name = Libbpf.btf__name_by_offset(btf, entry.getInt(0)).getString(0, "UTF-8");
      if (name.equals(variable)) {
        return new Place(type.getInt(at + 4), type.getInt(at + 8));
      }
    }
    return null;
  }
}
