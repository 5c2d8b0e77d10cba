package io.weir.linux.internal;

import io.weir.linux.LinuxException;
import io.weir.linux.MapInfo;
import io.weir.linux.MapType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Walks a map: in batches where its type has them, else key by key. A hash whose bucket is larger
 * than the batch asks for more room; a key that is taken away under a walk by keys sends it back to
 * the start, where what was seen is not told again.
 */
final class MapWalk {
  /** What the kernel answers, outside errno.h, for an operation that a type does not have. */
  static final int ENOTSUPP = 524;

  private static final int BATCH = 1024;

  private final int fd;
  private final MapInfo info;
  private final int valueBytes;

  MapWalk(int fd, MapInfo info, int valueBytes) {
    this.fd = fd;
    this.info = info;
    this.valueBytes = valueBytes;
  }

  void forEach(BiConsumer<byte[], byte[]> action) {
    boolean batches = info.type() != MapType.LPM_TRIE.number();
    if (!batches || !byBatches(action)) {
      byKeys(action);
    }
  }

  /** False, with nothing told, when this type has no batches. */
  private boolean byBatches(BiConsumer<byte[], byte[]> action) {
    int room = Math.min(BATCH, info.maxEntries());
    byte[] in = null;
    byte[] out = new byte[Math.max(Integer.BYTES, info.keyBytes())];
    while (true) {
      byte[] keys = new byte[room * info.keyBytes()];
      byte[] values = new byte[room * valueBytes];
      int[] count = {room};
      int result = Libbpf.bpf_map_lookup_batch(fd, in, out, keys, values, count, null);
      if (result == -LinuxException.ENOSPC) {
        room *= 2;
        continue;
      }
      if (result == -LinuxException.EOPNOTSUPP || result == -ENOTSUPP) {
        return false;
      }
      if (result < 0 && result != -LinuxException.ENOENT) {
        throw Errors.of(-result, "map " + info.name());
      }
      for (int i = 0; i < count[0]; i++) {
        action.accept(
            Arrays.copyOfRange(keys, i * info.keyBytes(), (i + 1) * info.keyBytes()),
            Arrays.copyOfRange(values, i * valueBytes, (i + 1) * valueBytes));
      }
      if (result == -LinuxException.ENOENT) {
        return true;
      }
      in = out.clone();
    }
  }

  private void byKeys(BiConsumer<byte[], byte[]> action) {
    Set<Key> seen = new HashSet<>();
    byte[] key = null;
    byte[] next = new byte[info.keyBytes()];
    while (true) {
      int result = Libbpf.bpf_map_get_next_key(fd, key, next);
      if (result == -LinuxException.ENOENT) {
        return;
      }
      Errors.check(result, "map " + info.name());
      key = next.clone();
      byte[] value = new byte[valueBytes];
      if (seen.add(new Key(key)) && Libbpf.bpf_map_lookup_elem(fd, key, value) == 0) {
        action.accept(key.clone(), value);
      }
    }
  }

  private record Key(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }
}
