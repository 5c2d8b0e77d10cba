package io.weir.itests.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Behind {@link NeedsKernel}. */
final class NeedsKernelCondition implements ExecutionCondition {
  private static final Map<String, Optional<String>> LACKS = new ConcurrentHashMap<>();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Optional<NeedsKernel> needs =
        AnnotationSupport.findAnnotation(context.getElement(), NeedsKernel.class);
    if (needs.isEmpty()) {
      return ConditionEvaluationResult.enabled("needs nothing of the kernel");
    }
    for (String feature : needs.get().value()) {
      Optional<String> lack = LACKS.computeIfAbsent(feature, NeedsKernelCondition::lack);
      if (lack.isPresent()) {
        return ConditionEvaluationResult.disabled("needs " + feature + ": " + lack.get());
      }
    }
    return ConditionEvaluationResult.enabled("the kernel has what is needed");
  }

  /** Why the feature is not there; empty where it is. */
  static Optional<String> lack(String feature) {
    return switch (feature) {
      case "bpffs" -> unless(mounted("bpf"), "no file system of type bpf is mounted");
      case "cgroup2" -> unless(mounted("cgroup2"), "no file system of type cgroup2 is mounted");
      case "btf" ->
          unless(Files.exists(Path.of("/sys/kernel/btf/vmlinux")), "no BTF of the kernel");
      case "tcx" -> unless(atLeast(release(), 6, 6), "Linux " + release() + " is older than 6.6");
      case "lsm" -> unless(lsmPrograms(), "BPF programs may not be attached to LSM hooks");
      case "kprobes" ->
          unless(Files.exists(Path.of("/sys/bus/event_source/devices/kprobe")), "no kprobes");
      case "veth", "geneve", "wireguard", "vxlan", "dummy" -> lackOfLink(feature);
      default -> throw new IllegalArgumentException("@NeedsKernel: no probe for " + feature);
    };
  }

  static boolean atLeast(String release, int major, int minor) {
    String[] parts = release.split("[.-]", 3);
    int came = Integer.parseInt(parts[0]);
    return came > major || came == major && Integer.parseInt(parts[1]) >= minor;
  }

  private static Optional<String> unless(boolean there, String sentence) {
    return there ? Optional.empty() : Optional.of(sentence);
  }

  private static String release() {
    return read("/proc/sys/kernel/osrelease").strip();
  }

  private static boolean mounted(String type) {
    return read("/proc/self/mounts").lines().anyMatch(line -> line.split(" ")[2].equals(type));
  }

  private static boolean lsmPrograms() {
    return read("/sys/kernel/security/lsm").contains("bpf")
        && !read("/sys/kernel/security/lockdown").contains("[integrity]")
        && !read("/sys/kernel/security/lockdown").contains("[confidentiality]");
  }

  private static Optional<String> lackOfLink(String kind) {
    String extra =
        switch (kind) {
          case "geneve" -> " id 1 remote 192.0.2.1";
          case "vxlan" -> " id 1 dstport 4789";
          default -> "";
        };
    Commands.Result made =
        Commands.tryRun("unshare", "-n", "sh", "-c", "ip link add probe type " + kind + extra);
    return unless(made.code() == 0, "no links of this kind: " + made.err().strip());
  }

  private static String read(String path) {
    try {
      return Files.exists(Path.of(path)) ? Files.readString(Path.of(path)) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
