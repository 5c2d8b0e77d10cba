package io.weir.console.sysdump;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** What the engine's process and container tell. */
public final class EngineParts {
  private static final int MOST_DESCRIPTORS = 4096;

  private EngineParts() {}

  public static List<Part> of(BundleContext context) {
    List<Part> parts = new ArrayList<>();
    parts.add(Part.text("engine/bundles.txt", () -> bundles(context)));
    parts.add(Part.text("engine/threads.txt", EngineParts::threads));
    parts.add(Part.text("engine/memory.txt", EngineParts::memory));
    parts.add(Part.text("engine/descriptors.txt", EngineParts::descriptors));
    parts.add(Part.text("engine/jvm.txt", EngineParts::jvm));
    for (String name : List.of("status", "limits", "smaps_rollup", "cgroup")) {
      Path file = Path.of("/proc/self", name);
      parts.add(Part.text("engine/proc/" + name, () -> Files.readString(file)));
    }
    return parts;
  }

  private static String bundles(BundleContext context) {
    StringBuilder lines = new StringBuilder();
    for (Bundle bundle : context.getBundles()) {
      lines.append(
          "%4s %-11s %s %s %s%n"
              .formatted(
                  bundle.getBundleId(),
                  state(bundle.getState()),
                  bundle.getSymbolicName(),
                  bundle.getVersion(),
                  bundle.getLocation()));
    }
    return lines.toString();
  }

  private static String state(int state) {
    return switch (state) {
      case Bundle.INSTALLED -> "installed";
      case Bundle.RESOLVED -> "resolved";
      case Bundle.STARTING -> "starting";
      case Bundle.STOPPING -> "stopping";
      case Bundle.ACTIVE -> "active";
      default -> "uninstalled";
    };
  }

  private static String threads() {
    ThreadMXBean bean = ManagementFactory.getThreadMXBean();
    StringBuilder text = new StringBuilder();
    for (ThreadInfo thread : bean.dumpAllThreads(true, true)) {
      text.append(
          "\"%s\" %s %s, CPU %s ms%n"
              .formatted(
                  thread.getThreadName(),
                  thread.getThreadId(),
                  thread.getThreadState(),
                  bean.getThreadCpuTime(thread.getThreadId()) / 1_000_000));
      if (thread.getLockName() != null) {
        text.append(
            "    waits for %s of %s%n".formatted(thread.getLockName(), thread.getLockOwnerName()));
      }
      for (StackTraceElement frame : thread.getStackTrace()) {
        text.append("    at ").append(frame).append('\n');
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String memory() {
    StringBuilder text = new StringBuilder();
    var bean = ManagementFactory.getMemoryMXBean();
    text.append(
        "heap %s%nelsewhere %s%n"
            .formatted(bean.getHeapMemoryUsage(), bean.getNonHeapMemoryUsage()));
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      text.append("%s %s%n".formatted(pool.getName(), pool.getUsage()));
    }
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      text.append(
          "%s: %s collections, %s ms%n"
              .formatted(
                  collector.getName(),
                  collector.getCollectionCount(),
                  collector.getCollectionTime()));
    }
    var classes = ManagementFactory.getClassLoadingMXBean();
    return text.append(
            "classes: %s loaded, %s unloaded%n"
                .formatted(classes.getLoadedClassCount(), classes.getUnloadedClassCount()))
        .toString();
  }

  private static String descriptors() throws IOException {
    StringBuilder text = new StringBuilder();
    int count = 0;
    try (Stream<Path> list = Files.list(Path.of("/proc/self/fd"))) {
      for (Path link : (Iterable<Path>) list.limit(MOST_DESCRIPTORS)::iterator) {
        count++;
        try {
          text.append(link.getFileName())
              .append(' ')
              .append(Files.readSymbolicLink(link))
              .append('\n');
        } catch (IOException e) {
          text.append(link.getFileName()).append(" closed meanwhile\n");
        }
      }
    }
    return "open: " + count + '\n' + text;
  }

  private static String jvm() {
    var bean = ManagementFactory.getRuntimeMXBean();
    StringBuilder text = new StringBuilder();
    text.append(
        "%s %s, up %s ms%n".formatted(bean.getVmName(), bean.getVmVersion(), bean.getUptime()));
    bean.getInputArguments().forEach(argument -> text.append(argument).append('\n'));
    new TreeMap<>(System.getProperties())
        .forEach((key, value) -> text.append("%s = %s%n".formatted(key, value)));
    return text.toString();
  }
}
