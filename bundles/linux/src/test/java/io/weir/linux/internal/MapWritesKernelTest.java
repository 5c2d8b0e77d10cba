package io.weir.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import io.weir.linux.BpfMap;
import io.weir.linux.Linux;
import io.weir.linux.MapSpec;
import io.weir.linux.MapType;
import org.junit.jupiter.api.Test;

@NeedsRoot
class MapWritesKernelTest {
  @Test
  void should_count_what_is_written_and_taken_away_but_not_what_ends_by_age() {
    try (Linux linux = Linux.open();
        BpfMap map = linux.bpf().createMap(new MapSpec("counted", MapType.HASH, 4, 4, 10, 0))) {
      byte[] two = {1, 0, 0, 0, 2, 0, 0, 0};

      map.update(new byte[] {9, 0, 0, 0}, new byte[4]);
      map.insert(new byte[] {9, 0, 0, 0}, new byte[4]);
      map.updateAll(two, two, 2);
      map.deleteAll(two, 2);
      map.delete(new byte[] {9, 0, 0, 0});
      map.delete(new byte[] {9, 0, 0, 0});

      assertThat(MapWrites.metric().samples().get())
          .filteredOn(sample -> sample.labels().contains("counted"))
          .singleElement()
          .satisfies(sample -> assertThat(sample.value()).isEqualTo(4));
    }
  }
}
