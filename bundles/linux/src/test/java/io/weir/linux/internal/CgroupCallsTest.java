package io.weir.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupCallsTest {
  @Test
  void should_find_cgroup2_wherever_it_is_mounted() {
    assertThat(
            CgroupCalls.mount(
                """
                cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0
                none /sys/fs/cgroup/unified cgroup2 rw 0 0
                """))
        .isEqualTo(Path.of("/sys/fs/cgroup/unified"));
  }

  @Test
  void should_say_that_cgroup2_is_not_mounted() {
    assertThatThrownBy(() -> CgroupCalls.mount("cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"))
        .hasMessage(
            "/proc/self/mounts: expected a file system of type cgroup2, got none; mount -t cgroup2"
                + " none /sys/fs/cgroup");
  }

  @Test
  void should_say_that_a_directory_is_none_of_cgroup2(@TempDir Path directory) {
    assertThatThrownBy(() -> new CgroupCalls().id(directory))
        .hasMessage(directory + ": expected a directory of cgroup2, got another one");
  }
}
