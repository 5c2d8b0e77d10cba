package io.weir.linux;

import java.util.Optional;

/** {@code enum bpf_map_type} of the kernel, as far as it is used. */
public enum MapType {
  HASH(1),
  ARRAY(2),
  PROG_ARRAY(3),
  PERCPU_HASH(5),
  PERCPU_ARRAY(6),
  LRU_HASH(9),
  LRU_PERCPU_HASH(10),
  LPM_TRIE(11),
  ARRAY_OF_MAPS(12),
  HASH_OF_MAPS(13),
  SOCKMAP(15),
  SOCKHASH(18),
  CGROUP_STORAGE(19),
  SK_STORAGE(24),
  RINGBUF(27);

  private final int number;

  MapType(int number) {
    this.number = number;
  }

  /** As in {@code linux/bpf.h}. */
  public int number() {
    return number;
  }

  public boolean perCpu() {
    return this == PERCPU_HASH || this == PERCPU_ARRAY || this == LRU_PERCPU_HASH;
  }

  /** The type of this number, where it is one of these. */
  public static Optional<MapType> of(int number) {
    for (MapType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** As it is written in C, without {@code BPF_MAP_TYPE_}, in lower case; else the number. */
  public static String nameOf(int number) {
    return of(number)
        .map(type -> type.name().toLowerCase(java.util.Locale.ROOT))
        .orElse(Integer.toString(number));
  }
}
