package io.weir.itests.system;

import java.util.ArrayList;
import java.util.List;

/** Bundles of Weir on a node, in the order in which tests replace them: sources of parameters. */
final class OwnBundles {
  private static final List<String> FLOOR = List.of("linux", "state", "api");

  private OwnBundles() {}

  /** Those that others do not stand on, and that do something by themselves. */
  static List<String> controllers() {
    return List.of(
        "policy",
        "identity",
        "services",
        "flows",
        "ipam",
        "node",
        "routing",
        "cni",
        "manifests",
        "datapath");
  }

  /** Those that may be stopped: not the console, which would have to start itself. */
  static List<String> stoppable() {
    List<String> all = new ArrayList<>(controllers());
    all.addAll(FLOOR);
    return all;
  }

  static List<String> all() {
    List<String> all = new ArrayList<>(controllers());
    all.addAll(List.of("bpf", "console"));
    all.addAll(FLOOR);
    return all;
  }
}
