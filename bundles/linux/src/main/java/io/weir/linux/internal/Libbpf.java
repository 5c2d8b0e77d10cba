package io.weir.linux.internal;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;

/**
 * Functions of libbpf 1.x, directly mapped. Those that return an int return {@code -errno}; those
 * that return a pointer return null and set errno. Registered by {@link Natives}.
 */
final class Libbpf {
  private Libbpf() {}

  /** {@code libbpf_print_fn_t}; {@code arguments} is a va_list. */
  interface Print extends Callback {
    int print(int level, Pointer format, Pointer arguments);
  }

  static native Pointer libbpf_set_print(Print print);

  static native int libbpf_num_possible_cpus();

  static native int libbpf_probe_bpf_prog_type(int type, Pointer options);

  static native int libbpf_probe_bpf_map_type(int type, Pointer options);

  static native Pointer bpf_object__open_mem(Pointer bytes, long size, Pointer options);

  static native int bpf_object__load(Pointer object);

  static native void bpf_object__close(Pointer object);

  static native Pointer bpf_object__btf(Pointer object);

  static native Pointer bpf_object__next_map(Pointer object, Pointer before);

  static native Pointer bpf_object__next_program(Pointer object, Pointer before);

  static native Pointer bpf_map__name(Pointer map);

  static native int bpf_map__fd(Pointer map);

  static native int bpf_map__type(Pointer map);

  static native int bpf_map__key_size(Pointer map);

  static native int bpf_map__value_size(Pointer map);

  static native int bpf_map__max_entries(Pointer map);

  static native int bpf_map__map_flags(Pointer map);

  static native int bpf_map__btf_key_type_id(Pointer map);

  static native int bpf_map__btf_value_type_id(Pointer map);

  static native int bpf_map__set_max_entries(Pointer map, int entries);

  static native int bpf_map__reuse_fd(Pointer map, int fd);

  static native int bpf_map__set_pin_path(Pointer map, String path);

  static native Pointer bpf_map__initial_value(Pointer map, long[] size);

  static native Pointer bpf_program__name(Pointer program);

  static native Pointer bpf_program__section_name(Pointer program);

  static native int bpf_program__expected_attach_type(Pointer program);

  static native int bpf_program__set_autoload(Pointer program, int load);

  static native int bpf_program__fd(Pointer program);

  static native int btf__find_by_name_kind(Pointer btf, String name, int kind);

  static native Pointer btf__type_by_id(Pointer btf, int id);

  static native Pointer btf__load_from_kernel_by_id(int id);

  static native void btf__free(Pointer btf);

  static native Pointer btf__name_by_offset(Pointer btf, int offset);

  static native int bpf_map_create(
      int type, String name, int keySize, int valueSize, int entries, Pointer options);

  static native int bpf_map_update_elem(int fd, byte[] key, byte[] value, long flags);

  static native int bpf_map_lookup_elem(int fd, byte[] key, byte[] value);

  static native int bpf_map_delete_elem(int fd, byte[] key);

  static native int bpf_map_get_next_key(int fd, byte[] key, byte[] next);

  static native int bpf_map_update_batch(
      int fd, byte[] keys, byte[] values, int[] count, Pointer options);

  static native int bpf_map_delete_batch(int fd, byte[] keys, int[] count, Pointer options);

  static native int bpf_map_lookup_batch(
      int fd, byte[] in, byte[] out, byte[] keys, byte[] values, int[] count, Pointer options);

  static native int bpf_obj_pin(int fd, String path);

  static native int bpf_obj_get(String path);

  static native int bpf_obj_get_info_by_fd(int fd, Pointer info, int[] length);

  static native int bpf_map_get_fd_by_id(int id);

  static native int bpf_link_create(int program, int target, int type, Pointer options);

  static native int bpf_link_update(int link, int program, Pointer options);

  static native int bpf_link_detach(int link);

  static native int bpf_raw_tracepoint_open(String name, int program);

  static native int bpf_prog_test_run_opts(int program, Pointer options);

  static native int bpf_prog_query(
      int target, int type, int flags, int[] attachFlags, int[] programs, int[] count);

  static native int bpf_tc_hook_create(Pointer hook);

  static native int bpf_tc_attach(Pointer hook, Pointer options);

  static native int bpf_tc_detach(Pointer hook, Pointer options);

  static native int bpf_tc_query(Pointer hook, Pointer options);
}
