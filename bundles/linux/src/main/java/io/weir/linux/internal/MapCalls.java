package io.weir.linux.internal;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.weir.api.Problem;
import io.weir.linux.BpfMap;
import io.weir.linux.Fd;
import io.weir.linux.LinuxException;
import io.weir.linux.MapInfo;
import io.weir.linux.MapType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiConsumer;

/** {@link BpfMap} by libbpf. */
final class MapCalls implements BpfMap {
  private static final int INFO_BYTES = 88;
  private static final int NAME_AT = 24;
  private static final int BTF_AT = 64;
  private static final int KEY_TYPE_AT = 68;
  private static final int VALUE_TYPE_AT = 72;
  private static final int ANY = 0;
  private static final int NOEXIST = 1;

  private final Gate gate;
  private final Fd fd;
  private final MapInfo info;
  private final int valueBytes;

  /** Takes {@code fd} over. */
  MapCalls(Gate gate, int fd) {
    this.gate = gate;
    this.fd = Fds.own(gate, fd);
    try {
      info = read(fd);
    } catch (RuntimeException e) {
      this.fd.close();
      throw e;
    }
    valueBytes =
        MapType.of(info.type()).map(MapType::perCpu).orElse(false)
            ? (info.valueBytes() + 7) / 8 * 8 * Libbpf.libbpf_num_possible_cpus()
            : info.valueBytes();
  }

  @Override
  public MapInfo info() {
    return info;
  }

  @Override
  public String layout() {
    gate.enter();
    try (Memory info = info(fd.number())) {
      int key = info.getInt(KEY_TYPE_AT);
      int value = info.getInt(VALUE_TYPE_AT);
      Pointer btf = Libbpf.btf__load_from_kernel_by_id(info.getInt(BTF_AT));
      String text = TypeText.of(btf, key, value);
      Libbpf.btf__free(btf); // null is no error
      return text;
    } finally {
      gate.leave();
    }
  }

  @Override
  public Fd fd() {
    return fd;
  }

  @Override
  public int valueBytes() {
    return valueBytes;
  }

  @Override
  public Optional<byte[]> lookup(byte[] key) {
    keySize(key.length, 1);
    byte[] value = new byte[valueBytes];
    gate.enter();
    try {
      int result = Libbpf.bpf_map_lookup_elem(fd.number(), key, value);
      if (result == -LinuxException.ENOENT) {
        return Optional.empty();
      }
      check(result);
      return Optional.of(value);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void update(byte[] key, byte[] value) {
    check(write(key, value, ANY));
  }

  @Override
  public boolean insert(byte[] key, byte[] value) {
    int result = write(key, value, NOEXIST);
    if (result == -LinuxException.EEXIST) {
      return false;
    }
    check(result);
    return true;
  }

  @Override
  public boolean delete(byte[] key) {
    boolean was = take(key);
    if (was) {
      MapWrites.add(info.name(), 1);
    }
    return was;
  }

  private boolean take(byte[] key) {
    keySize(key.length, 1);
    gate.enter();
    try {
      int result = Libbpf.bpf_map_delete_elem(fd.number(), key);
      if (result == -LinuxException.ENOENT) {
        return false;
      }
      check(result);
      return true;
    } finally {
      gate.leave();
    }
  }

  @Override
  public void updateAll(byte[] keys, byte[] values, int count) {
    keySize(keys.length, count);
    valueSize(values.length, count);
    if (count == 0) {
      return;
    }
    gate.enter();
    try {
      int[] done = {count};
      int result = Libbpf.bpf_map_update_batch(fd.number(), keys, values, done, null);
      if (result != -LinuxException.EOPNOTSUPP && result != -MapWalk.ENOTSUPP) {
        check(result);
        MapWrites.add(info.name(), count);
        return;
      }
    } finally {
      gate.leave();
    }
    for (int i = 0; i < count; i++) {
      update(part(keys, i, info.keyBytes()), part(values, i, valueBytes));
    }
  }

  @Override
  public void deleteAll(byte[] keys, int count) {
    keySize(keys.length, count);
    for (int i = 0; i < count; i++) {
      take(part(keys, i, info.keyBytes()));
    }
  }

  @Override
  public void forEach(BiConsumer<byte[], byte[]> action) {
    gate.enter();
    try {
      new MapWalk(fd.number(), info, valueBytes).forEach(action);
    } finally {
      gate.leave();
    }
  }

  @Override
  public int count() {
    int[] count = {0};
    forEach((key, value) -> count[0]++);
    return count[0];
  }

  @Override
  public void pin(Path path) {
    gate.enter();
    try {
      Errors.check(
          Libbpf.bpf_obj_pin(fd.number(), path.toString()), path + ": pin of map " + info.name());
    } finally {
      gate.leave();
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  private int write(byte[] key, byte[] value, int flags) {
    keySize(key.length, 1);
    valueSize(value.length, 1);
    gate.enter();
    try {
      int result = Libbpf.bpf_map_update_elem(fd.number(), key, value, flags);
      if (result == 0) {
        MapWrites.add(info.name(), 1);
      }
      return result;
    } finally {
      gate.leave();
    }
  }

  private void check(int result) {
    if (result == -LinuxException.E2BIG || result == -LinuxException.ENOSPC) {
      throw new LinuxException(
          -result,
          Problem.of(
              "map " + info.name(),
              "room for another entry",
              "all " + info.maxEntries() + " taken"));
    }
    Errors.check(result, "map " + info.name());
  }

  /** The kernel reads as many bytes as the map's key has: fewer would be somebody else's. */
  private void keySize(int came, int count) {
    size("keys", came, info.keyBytes(), count);
  }

  private void valueSize(int came, int count) {
    size("values", came, valueBytes, count);
  }

  private void size(String what, int came, int each, int count) {
    if (came != each * count) {
      throw new IllegalArgumentException(
          "map %s: expected %s %s of %s bytes, got %s bytes"
              .formatted(info.name(), count, what, each, came));
    }
  }

  private static byte[] part(byte[] all, int index, int size) {
    return Arrays.copyOfRange(all, index * size, (index + 1) * size);
  }

  /** {@code struct bpf_map_info}; closed by the caller. */
  private static Memory info(int fd) {
    Memory info = new Memory(INFO_BYTES);
    info.clear();
    Errors.check(
        Libbpf.bpf_obj_get_info_by_fd(fd, info, new int[] {INFO_BYTES}), "map of descriptor " + fd);
    return info;
  }

  private static MapInfo read(int fd) {
    try (Memory info = info(fd)) {
      return new MapInfo(
          info.getInt(4),
          info.getString(NAME_AT, "US-ASCII"),
          info.getInt(0),
          info.getInt(8),
          info.getInt(12),
          info.getInt(16),
          info.getInt(20));
    }
  }
}
