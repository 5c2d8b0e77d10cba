package io.weir.linux;

import static io.weir.linux.Bytes.u32;
import static io.weir.linux.Bytes.u64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.itests.testing.NeedsRoot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@NeedsRoot
class MapKernelTest {
  private final Linux linux = Linux.open();

  @AfterEach
  void close() {
    linux.close();
  }

  @Test
  void should_write_read_and_delete() {
    try (BpfMap map = map(MapType.HASH, 100)) {
      assertThat(map.lookup(u32(1))).isEmpty();
      map.update(u32(1), u64(10));
      assertThat(map.lookup(u32(1))).contains(u64(10));
      assertThat(map.insert(u32(1), u64(11))).isFalse();
      assertThat(map.insert(u32(2), u64(12))).isTrue();
      assertThat(map.count()).isEqualTo(2);
      assertThat(map.delete(u32(1))).isTrue();
      assertThat(map.delete(u32(1))).isFalse();
      assertThat(map.info()).isEqualTo(new MapInfo(map.info().id(), "test", 1, 4, 8, 100, 0));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HASH", "LRU_HASH", "ARRAY"})
  void should_write_and_walk_many(MapType type) {
    int entries = 5000;
    try (BpfMap map = map(type, type == MapType.LRU_HASH ? 4 * entries : entries)) {
      ByteBuffer keys = ByteBuffer.allocate(4 * entries).order(ByteOrder.nativeOrder());
      ByteBuffer values = ByteBuffer.allocate(8 * entries).order(ByteOrder.nativeOrder());
      Map<Integer, Long> expected = new HashMap<>();
      for (int i = 0; i < entries; i++) {
        keys.putInt(i);
        values.putLong(i * 3L);
        expected.put(i, i * 3L);
      }
      map.updateAll(keys.array(), values.array(), entries);
      assertThat(walk(map)).isEqualTo(expected);
      if (type != MapType.ARRAY) {
        map.deleteAll(keys.array(), entries);
        assertThat(map.count()).isZero();
      }
    }
  }

  @Test
  void should_write_and_walk_a_trie() {
    try (BpfMap map =
        linux
            .bpf()
            .createMap(new MapSpec("trie", MapType.LPM_TRIE, 8, 8, 100, MapSpec.NO_PREALLOC))) {
      ByteBuffer keys = ByteBuffer.allocate(8 * 50).order(ByteOrder.nativeOrder());
      ByteBuffer values = ByteBuffer.allocate(8 * 50).order(ByteOrder.nativeOrder());
      for (int i = 0; i < 50; i++) {
        keys.putInt(32).put(new byte[] {10, 0, 0, (byte) i});
        values.putLong(i);
      }
      map.updateAll(keys.array(), values.array(), 50);
      assertThat(map.count()).isEqualTo(50);
      map.deleteAll(keys.array(), 50);
      assertThat(map.count()).isZero();
    }
  }

  @Test
  void should_give_the_value_of_each_cpu() {
    try (BpfMap map = map(MapType.PERCPU_ARRAY, 1)) {
      assertThat(map.info().valueBytes()).isEqualTo(8);
      assertThat(map.valueBytes() % 8).isZero();
      byte[] values = new byte[map.valueBytes()];
      values[0] = 5;
      values[map.valueBytes() - 8] += 6;
      map.update(u32(0), values);
      assertThat(map.lookup(u32(0))).contains(values);
    }
  }

  @Test
  void should_say_that_a_map_is_full() {
    try (BpfMap map = map(MapType.HASH, 2)) {
      map.update(u32(1), u64(1));
      map.update(u32(2), u64(1));
      assertThatThrownBy(() -> map.update(u32(3), u64(1)))
          .isInstanceOfSatisfying(
              LinuxException.class, e -> assertThat(e.errno()).isEqualTo(LinuxException.E2BIG))
          .hasMessage("map test: expected room for another entry, got all 2 taken");
    }
  }

  @Test
  void should_refuse_keys_and_values_of_another_size() {
    try (BpfMap map = map(MapType.HASH, 2)) {
      assertThatThrownBy(() -> map.lookup(u64(1)))
          .hasMessage("map test: expected 1 keys of 4 bytes, got 8 bytes");
      assertThatThrownBy(() -> map.update(u32(1), u32(1)))
          .hasMessage("map test: expected 1 values of 8 bytes, got 4 bytes");
    }
  }

  private BpfMap map(MapType type, int entries) {
    return linux.bpf().createMap(new MapSpec("test", type, 4, 8, entries, 0));
  }

  private static Map<Integer, Long> walk(BpfMap map) {
    Map<Integer, Long> found = new HashMap<>();
    map.forEach((key, value) -> found.put(u32(key), u64(value)));
    return found;
  }
}
