package io.weir.linux.internal;

import io.weir.api.Problem;
import io.weir.linux.KernelReport;
import io.weir.linux.KernelReport.Feature;
import io.weir.linux.MapType;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says what facts about a kernel mean to a user. */
final class KernelReading {
  /** {@code enum bpf_prog_type}. */
  static final int KPROBE = 2;

  static final int XDP = 6;
  static final int SOCK_OPS = 13;
  static final int RAW_TRACEPOINT = 17;
  static final int CGROUP_SOCK_ADDR = 18;
  static final int TRACING = 26;
  static final int LSM = 29;
  static final int SK_LOOKUP = 30;

  private static final int LEAST_MAJOR = 6;
  private static final int LEAST_MINOR = 1;
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);

  private KernelReading() {}

  static KernelReport report(KernelFacts facts) {
    return new KernelReport(facts.release(), problems(facts), features(facts));
  }

  private static List<Problem> problems(KernelFacts facts) {
    List<Problem> problems = new ArrayList<>();
    if (facts.uid() != 0) {
      problems.add(
          Problem.of("this process", "root", "uid " + facts.uid()).remedy("run weir as root"));
    }
    if (!atLeast(facts.release(), LEAST_MAJOR, LEAST_MINOR)) {
      problems.add(
          Problem.of("the kernel", "Linux 6.1 or later", facts.release())
              .remedy("install a newer kernel"));
    }
    if (!facts.btf()) {
      problems.add(
          Problem.of("/sys/kernel/btf/vmlinux", "the kernel's types (BTF)", "no such file")
              .remedy("use a kernel built with CONFIG_DEBUG_INFO_BTF=y"));
    }
    if (!mounted(facts.mounts(), "cgroup2")) {
      problems.add(Requirements.CGROUP2);
    }
    if (!mounted(facts.mounts(), "bpf")) {
      problems.add(
          Problem.of("/proc/self/mounts", "a file system of type bpf", "none")
              .remedy("mount -t bpf bpf /sys/fs/bpf"));
    }
    return problems;
  }

  private static List<Feature> features(KernelFacts facts) {
    boolean locked =
        facts.lockdown().contains("[integrity]") || facts.lockdown().contains("[confidentiality]");
    boolean lsm = List.of(facts.lsms().strip().split(",")).contains("bpf");
    String lock = locked ? "lockdown is on" : "";
    return List.of(
        new Feature(
            "tcx",
            facts.tcx(),
            "",
            "programs are attached by clsact, and whoever deletes that qdisc takes them off"),
        type(
            facts,
            "cgroup-sockets",
            CGROUP_SOCK_ADDR,
            "services are translated packet by packet, not once a connection"),
        type(
            facts,
            "sock-ops",
            SOCK_OPS,
            "flows do not name the service that a client connected to"),
        new Feature(
            "ring-buffer",
            facts.mapTypes().contains(MapType.RINGBUF.number()),
            "",
            "no flows are seen"),
        type(facts, "xdp", XDP, "node ports are served after the kernel's stack, not before it"),
        type(facts, "sk-lookup", SK_LOOKUP, "no listener answers for a range of ports"),
        type(facts, "raw-tracepoints", RAW_TRACEPOINT, "no processes are seen"),
        new Feature(
            "fentry",
            facts.programTypes().contains(TRACING) && !locked,
            lock,
            "process rules on functions of the kernel are refused"),
        new Feature(
            "kprobes",
            facts.programTypes().contains(KPROBE) && facts.kprobes() && !locked,
            lock,
            "process rules of kind kprobe are refused"),
        new Feature(
            "lsm",
            facts.programTypes().contains(LSM) && lsm && !locked,
            locked ? lock : lsm ? "" : "bpf is not among the kernel's lsm=",
            "process rules end a process after its call; they cannot refuse the call"),
        kind(facts, "vxlan", "tunnel-protocol vxlan is refused"),
        kind(facts, "geneve", "tunnel-protocol geneve is refused"),
        kind(facts, "wireguard", "enable-wireguard is refused"),
        new Feature(
            "nft",
            facts.nft(),
            facts.nft() ? "" : "no program nft in PATH",
            "pods reach the outside only where their addresses are routed back"));
  }

  static boolean atLeast(String release, int major, int minor) {
    Matcher parts = RELEASE.matcher(release);
    if (!parts.matches()) {
      return false;
    }
    int came = Integer.parseInt(parts.group(1));
    return came > major || came == major && Integer.parseInt(parts.group(2)) >= minor;
  }

  private static Feature type(KernelFacts facts, String name, int programType, String cost) {
    return new Feature(name, facts.programTypes().contains(programType), "", cost);
  }

  private static Feature kind(KernelFacts facts, String kind, String cost) {
    return new Feature(kind, facts.linkKinds().contains(kind), "", cost);
  }

  private static boolean mounted(String mounts, String type) {
    return mounts
        .lines()
        .map(line -> line.split(" "))
        .anyMatch(fields -> fields.length > 2 && fields[2].equals(type));
  }
}
