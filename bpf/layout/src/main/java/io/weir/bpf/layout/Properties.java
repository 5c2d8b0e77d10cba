package io.weir.bpf.layout;

import java.util.Map;
import java.util.TreeMap;

/** What the bundle of objects says of itself: group → ABI number, map → group. */
final class Properties {
  private static final String PREFIX = "abi_";

  private Properties() {}

  /** Group of maps → its ABI number, the one constant of {@code enum abi_GROUP}. */
  static Map<String, Integer> groups(Btf btf) {
    Map<String, Integer> groups = new TreeMap<>();
    btf.enums()
        .forEach(
            (name, constants) -> {
              if (name.startsWith(PREFIX)) {
                groups.put(name.substring(PREFIX.length()), constants.values().iterator().next());
              }
            });
    btf.maps()
        .forEach(
            (map, group) -> {
              if (!groups.containsKey(group)) {
                throw new IllegalArgumentException(
                    "map %s is of group %s: expected an enum abi_%s, found none"
                        .formatted(map, group, group));
              }
            });
    return groups;
  }

  /** {@code abi.policy=1} and {@code map.policy_rules=policy}, sorted, a line each. */
  static String text(Btf btf) {
    StringBuilder out = new StringBuilder();
    groups(btf).forEach((group, number) -> out.append("abi." + group + "=" + number + "\n"));
    btf.maps().forEach((map, group) -> out.append("map." + map + "=" + group + "\n"));
    return out.toString();
  }
}
