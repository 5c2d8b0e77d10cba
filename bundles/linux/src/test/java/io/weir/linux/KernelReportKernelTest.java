package io.weir.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@NeedsRoot
@NeedsKernel({"bpffs", "cgroup2", "btf"})
class KernelReportKernelTest {
  @Test
  void should_read_this_kernel_and_find_that_it_will_do() throws IOException {
    try (Linux linux = Linux.open()) {
      KernelReport report = linux.kernel();
      assertThat(report.release())
          .isEqualTo(Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
      assertThat(report.problems()).isEmpty();
      assertThat(report.has("ring-buffer")).isTrue();
      assertThat(report.has("cgroup-sockets")).isTrue();
      assertThat(report.has("vxlan")).isTrue();
    }
  }

  @Test
  @NeedsKernel("tcx")
  void should_find_tcx() {
    try (Linux linux = Linux.open()) {
      assertThat(linux.kernel().has("tcx")).isTrue();
    }
  }
}
