package io.weir.node;

import io.weir.api.Setting;
import io.weir.api.row.Prefix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What operators say about the node, as it was at one moment.
 *
 * @param podCidrs of the families that are on, IPv4 first
 * @param mtu of pods; 0 for the uplink's
 * @param cgroupRoot empty for where cgroup2 is mounted
 * @param devices names of uplinks, or beginnings of names with a plus; empty for all that have a
 *     global address
 */
record NodeSettings(List<Prefix> podCidrs, int mtu, String cgroupRoot, List<String> devices) {
  static final Setting<List<Prefix>> POD_CIDR =
      new Setting<>(
          "pod-cidr",
          "10.0.0.0/24,fd00:10::/112",
          "Blocks that pods of this node get their addresses from.",
          "an IPv4 block of /8 to /30, an IPv6 block of /16 to /126, or both with a comma between",
          NodeSettings::parse);

  static final Setting<Boolean> ENABLE_IPV4 =
      Setting.flag("enable-ipv4", true, "Whether pods get IPv4 addresses.");

  static final Setting<Boolean> ENABLE_IPV6 =
      Setting.flag("enable-ipv6", true, "Whether pods get IPv6 addresses.");

  static final Setting<Integer> MTU =
      Setting.number("mtu", 0, 0, 65535, "MTU of pods' interfaces; 0 takes the uplink's.");

  static final Setting<String> CGROUP_ROOT =
      new Setting<>(
          "cgroup-root",
          "",
          "The cgroup2 directory whose sockets are this node's; nothing takes the whole mount.",
          "the path of a directory of cgroup2, or nothing",
          NodeSettings::cgroup);

  static final Setting<List<String>> DEVICES =
      new Setting<>(
          "devices",
          "",
          "Devices by which packets leave the node; eth+ stands for all that begin with eth;"
              + " nothing for all that have a global address.",
          "names of devices, with spaces or commas between",
          text ->
              List.of(text.strip().split("[\\s,]+")).stream().filter(w -> !w.isEmpty()).toList());

  NodeSettings {
    podCidrs = List.copyOf(podCidrs);
    devices = List.copyOf(devices);
  }

  static NodeSettings of(
      List<Prefix> cidrs,
      boolean ipv4,
      boolean ipv6,
      int mtu,
      String cgroupRoot,
      List<String> devices) {
    List<Prefix> on =
        cidrs.stream().filter(cidr -> cidr.address().ipv6() ? ipv6 : ipv4).sorted().toList();
    return new NodeSettings(on, mtu, cgroupRoot, devices);
  }

  /** One that is not there may come: whoever puts programs on it tries again. */
  private static String cgroup(String text) {
    String path = text.strip();
    if (path.isEmpty()) {
      return path;
    }
    Path directory = Path.of(path);
    boolean another =
        Files.exists(directory) && !Files.exists(directory.resolve("cgroup.controllers"));
    if (!directory.isAbsolute() || another) {
      throw new IllegalArgumentException(text);
    }
    return path;
  }

  private static List<Prefix> parse(String text) {
    List<Prefix> cidrs = new ArrayList<>();
    for (String word : text.split(",", -1)) {
      Prefix cidr = Prefix.parse(word.strip());
      boolean six = cidr.address().ipv6();
      boolean second = cidrs.stream().anyMatch(other -> other.address().ipv6() == six);
      boolean tooShort = cidr.length() < (six ? 16 : 8);
      boolean tooLong = cidr.length() > (six ? 126 : 30);
      if (second || tooShort || tooLong) {
        throw new IllegalArgumentException(word);
      }
      cidrs.add(cidr);
    }
    return List.copyOf(cidrs);
  }
}
