package io.weir.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.linux.KernelReport;
import io.weir.linux.KernelReport.Feature;
import io.weir.linux.MapType;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelReadingTest {
  private static final String MOUNTS =
      """
      proc /proc proc rw,nosuid 0 0
      cgroup2 /sys/fs/cgroup cgroup2 rw 0 0
      bpf /sys/fs/bpf bpf rw 0 0
      """;
  private static final KernelFacts ALL =
      new KernelFacts(
          "6.12.3-amd64",
          0,
          true,
          MOUNTS,
          "lockdown,capability,bpf",
          "[none] integrity confidentiality",
          Set.of(2, 6, 13, 17, 18, 26, 29, 30),
          Set.of(MapType.RINGBUF.number()),
          true,
          true,
          Set.of("vxlan", "geneve", "wireguard"),
          true);

  @Test
  void should_find_nothing_lacking_where_all_is_there() {
    KernelReport report = KernelReading.report(ALL);
    assertThat(report.problems()).isEmpty();
    assertThat(report.lacking()).isEmpty();
    assertThat(report.has("tcx")).isTrue();
    assertThat(report.has("tcxx")).isFalse();
  }

  @Test
  void should_say_that_root_is_needed() {
    assertThat(sentences(facts(1000, true, MOUNTS, "6.12.3")))
        .containsExactly("this process: expected root, got uid 1000; run weir as root");
  }

  @Test
  void should_say_that_the_kernel_has_no_btf() {
    assertThat(sentences(facts(0, false, MOUNTS, "6.12.3")))
        .containsExactly(
            "/sys/kernel/btf/vmlinux: expected the kernel's types (BTF), got no such file; use a"
                + " kernel built with CONFIG_DEBUG_INFO_BTF=y");
  }

  @Test
  void should_say_that_there_is_no_cgroup2_and_no_bpffs() {
    assertThat(sentences(facts(0, true, "proc /proc proc rw 0 0\n", "6.12.3")))
        .containsExactly(
            "/proc/self/mounts: expected a file system of type cgroup2, got none; mount -t cgroup2"
                + " none /sys/fs/cgroup",
            "/proc/self/mounts: expected a file system of type bpf, got none; mount -t bpf bpf"
                + " /sys/fs/bpf");
  }

  @Test
  void should_say_that_the_kernel_is_too_old() {
    assertThat(sentences(facts(0, true, MOUNTS, "5.10.0-30-amd64")))
        .containsExactly(
            "the kernel: expected Linux 6.1 or later, got 5.10.0-30-amd64; install a newer"
                + " kernel");
    assertThat(sentences(facts(0, true, MOUNTS, "6.1.0-37-cloud-amd64"))).isEmpty();
    assertThat(sentences(facts(0, true, MOUNTS, "6.0.19"))).hasSize(1);
    assertThat(sentences(facts(0, true, MOUNTS, "7.0-rc1"))).isEmpty();
  }

  @Test
  void should_say_what_each_lack_costs() {
    KernelReport report =
        KernelReading.report(
            new KernelFacts(
                "6.1.0",
                0,
                true,
                MOUNTS,
                "lockdown,capability",
                "none [integrity] confidentiality",
                Set.of(2, 6, 13, 17, 26, 29, 30),
                Set.of(),
                false,
                false,
                Set.of("vxlan"),
                false));
    assertThat(report.lacking())
        .containsExactly(
            new Feature(
                "tcx",
                false,
                "",
                "programs are attached by clsact, and whoever deletes that qdisc takes them off"),
            new Feature(
                "cgroup-sockets",
                false,
                "",
                "services are translated packet by packet, not once a connection"),
            new Feature("ring-buffer", false, "", "no flows are seen"),
            new Feature(
                "fentry",
                false,
                "lockdown is on",
                "process rules on functions of the kernel are refused"),
            new Feature(
                "kprobes", false, "lockdown is on", "process rules of kind kprobe are refused"),
            new Feature(
                "lsm",
                false,
                "lockdown is on",
                "process rules end a process after its call; they cannot refuse the call"),
            new Feature("geneve", false, "", "tunnel-protocol geneve is refused"),
            new Feature("wireguard", false, "", "enable-wireguard is refused"),
            new Feature(
                "nft",
                false,
                "no program nft in PATH",
                "pods reach the outside only where their addresses are routed back"));
  }

  private static KernelFacts facts(long uid, boolean btf, String mounts, String release) {
    return new KernelFacts(
        release,
        uid,
        btf,
        mounts,
        ALL.lsms(),
        ALL.lockdown(),
        ALL.programTypes(),
        ALL.mapTypes(),
        ALL.tcx(),
        ALL.kprobes(),
        ALL.linkKinds(),
        ALL.nft());
  }

  private static List<String> sentences(KernelFacts facts) {
    return KernelReading.report(facts).problems().stream().map(Problem::sentence).toList();
  }
}
