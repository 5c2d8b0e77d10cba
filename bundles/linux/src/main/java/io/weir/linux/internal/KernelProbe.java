package io.weir.linux.internal;

import com.sun.jna.LastErrorException;
import io.weir.linux.AttachType;
import io.weir.linux.LinuxException;
import io.weir.linux.MapType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Finds out about this kernel, and leaves nothing behind. What has to be tried is tried once: that
 * loads programs and makes a network namespace, and a kernel stays as it was built.
 */
final class KernelProbe {
  private static final int LOOPBACK = 1;

  private final Gate gate;
  private Optional<Tried> tried = Optional.empty();

  /** What only an attempt can tell. */
  private record Tried(
      Set<Integer> programTypes, Set<Integer> mapTypes, boolean tcx, Set<String> linkKinds) {}

  KernelProbe(Gate gate) {
    this.gate = gate;
  }

  synchronized KernelFacts facts() {
    gate.enter();
    try {
      String release = text("/proc/sys/kernel/osrelease").strip();
      Tried known = tried.orElseGet(() -> attempt(release));
      tried = Optional.of(known);
      return new KernelFacts(
          release,
          uid(),
          Files.exists(Path.of("/sys/kernel/btf/vmlinux")),
          text("/proc/self/mounts"),
          text("/sys/kernel/security/lsm"),
          text("/sys/kernel/security/lockdown"),
          known.programTypes(),
          known.mapTypes(),
          known.tcx(),
          Files.exists(Path.of("/sys/bus/event_source/devices/kprobe")),
          known.linkKinds(),
          program("nft"));
    } finally {
      gate.leave();
    }
  }

  private Tried attempt(String release) {
    return new Tried(
        programTypes(),
        mapTypes(),
        tcx(),
        linkKinds(release, Set.of("vxlan", "geneve", "wireguard")));
  }

  private static Set<Integer> programTypes() {
    Set<Integer> taken = new TreeSet<>();
    for (int type :
        new int[] {
          KernelReading.KPROBE,
          KernelReading.XDP,
          KernelReading.SOCK_OPS,
          KernelReading.RAW_TRACEPOINT,
          KernelReading.CGROUP_SOCK_ADDR,
          KernelReading.TRACING,
          KernelReading.LSM,
          KernelReading.SK_LOOKUP
        }) {
      if (Libbpf.libbpf_probe_bpf_prog_type(type, null) > 0) {
        taken.add(type);
      }
    }
    return taken;
  }

  private static Set<Integer> mapTypes() {
    int ringbuf = MapType.RINGBUF.number();
    return Libbpf.libbpf_probe_bpf_map_type(ringbuf, null) > 0 ? Set.of(ringbuf) : Set.of();
  }

  /** A kernel without tcx does not know this kind of query. */
  private static boolean tcx() {
    int result =
        Libbpf.bpf_prog_query(
            LOOPBACK, AttachType.TCX_INGRESS.number(), 0, new int[1], null, new int[1]);
    return result == 0 || result == -LinuxException.ENOENT;
  }

  /**
   * A module that could be loaded counts; nothing is loaded to find out. What is built in is tried
   * in a namespace that ends with its thread.
   */
  private Set<String> linkKinds(String release, Set<String> kinds) {
    Path modules = Path.of("/lib/modules", release);
    String names =
        text(modules.resolve("modules.dep").toString())
            + text(modules.resolve("modules.builtin").toString());
    Set<String> found = new HashSet<>();
    Set<String> unknown = new HashSet<>();
    for (String kind : kinds) {
      boolean loaded = Files.exists(Path.of("/sys/module", kind));
      (loaded || names.contains("/" + kind + ".ko") ? found : unknown).add(kind);
    }
    FutureTask<Set<String>> attempt = new FutureTask<>(() -> made(unknown));
    new Thread(attempt, "probe of devices").start();
    try {
      found.addAll(attempt.get());
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof LastErrorException)) {
        throw new IllegalStateException(e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return found;
  }

  private Set<String> made(Set<String> kinds) {
    Libc.unshare(Libc.CLONE_NEWNET);
    Set<String> made = new HashSet<>();
    try (NetlinkCalls netlink = NetlinkCalls.open(gate)) {
      for (String kind : kinds) {
        try {
          netlink.addDevice("probe-" + kind.substring(0, 3), kind);
          made.add(kind);
        } catch (LinuxException e) {
          if (e.errno() != LinuxException.EOPNOTSUPP) {
            // It is known, and wants more than a name.
            made.add(kind);
          }
        }
      }
    }
    return made;
  }

  private static boolean program(String name) {
    for (String directory : System.getenv().getOrDefault("PATH", "/usr/sbin:/sbin").split(":")) {
      if (Files.isExecutable(Path.of(directory, name))) {
        return true;
      }
    }
    return false;
  }

  private static long uid() {
    try {
      return ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Empty where there is no such file, or none that may be read. */
  private static String text(String file) {
    try {
      return Files.isReadable(Path.of(file)) ? Files.readString(Path.of(file)) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
