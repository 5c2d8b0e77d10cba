package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BootClockTest {
  private final BootClock clock = new BootClock();

  @Test
  void should_turn_time_since_boot_into_wall_time() {
    long then = clock.monotonicNanos() - Duration.ofMinutes(10).toNanos();
    Instant expected = Instant.now().minus(Duration.ofMinutes(10));
    assertThat(Duration.between(expected, clock.wall(then)).abs())
        .isLessThan(Duration.ofSeconds(5));
  }

  /** The kernel's uptime counts suspended time too, so it is never less. */
  @Test
  void should_count_from_boot() throws Exception {
    long before = clock.monotonicNanos();
    String uptime = Files.readString(Path.of("/proc/uptime")).split(" ")[0];
    Duration sinceBoot = Duration.ofMillis((long) (Double.parseDouble(uptime) * 1000));
    assertThat(Duration.ofNanos(before)).isPositive().isLessThanOrEqualTo(sinceBoot.plusMillis(10));
  }
}
