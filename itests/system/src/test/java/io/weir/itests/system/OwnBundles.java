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

  /** Those that others stand on, or are answered by. */
  static List<String> ground() {
    List<String> ground = new ArrayList<>(List.of("bpf", "console"));
    ground.addAll(FLOOR);
    return ground;
  }

  static List<String> all() {
    List<String> all = new ArrayList<>(controllers());
    all.addAll(ground());
    return all;
  }
}
