package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.api.row.Prefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What operators say of masquerade, as it was at one moment.
 *
 * @param unmasqueraded blocks that know pods by their own addresses, besides the pods' own
 */
record MasqueradeSettings(boolean ipv4, boolean ipv6, Ports ports, List<Prefix> unmasqueraded) {
  /** A range, both ends included. */
  record Ports(int first, int last) {
    int count() {
      return last - first + 1;
    }

    @Override
    public String toString() {
      return first + "-" + last;
    }
  }

  static final Setting<Boolean> IPV4 =
      Setting.flag(
          "enable-ipv4-masquerade",
          true,
          "Whether what pods send to the outside by IPv4 leaves with the node's address.");

  static final Setting<Boolean> IPV6 =
      Setting.flag(
          "enable-ipv6-masquerade",
          true,
          "Whether what pods send to the outside by IPv6 leaves with the node's address.");

  static final Setting<List<Prefix>> ROUTED4 =
      blocks(
          "ipv4-native-routing-cidr",
          "Block of IPv4 in which pods are reached by their own addresses.",
          prefix -> !prefix.address().ipv6());

  static final Setting<List<Prefix>> ROUTED6 =
      blocks(
          "ipv6-native-routing-cidr",
          "Block of IPv6 in which pods are reached by their own addresses.",
          prefix -> prefix.address().ipv6());

  static final Setting<List<Prefix>> OTHERS =
      blocks(
          "non-masquerade-cidrs",
          "Further blocks to which pods' own addresses are shown.",
          prefix -> true);

  /** Below what Linux gives to its own sockets, and below node ports. */
  static final Setting<Ports> PORTS =
      new Setting<>(
          "masquerade-ports",
          "20000-29999",
          "Ports that masqueraded flows leave from; towards each destination all of them.",
          "a range of ports from 1024 to 65535 like 20000-29999",
          MasqueradeSettings::parsePorts);

  static final Setting<?>[] SETTINGS = {IPV4, IPV6, ROUTED4, ROUTED6, OTHERS, PORTS};

  MasqueradeSettings {
    unmasqueraded = List.copyOf(unmasqueraded);
  }

  static MasqueradeSettings of(Settings.View settings) {
    List<Prefix> all = new ArrayList<>();
    all.addAll(settings.get(ROUTED4));
    all.addAll(settings.get(ROUTED6));
    all.addAll(settings.get(OTHERS));
    return new MasqueradeSettings(settings.get(IPV4), settings.get(IPV6), settings.get(PORTS), all);
  }

  /**
   * What is wrong with the ports where the node gives some of them to its own sockets.
   *
   * @param local {@code net.ipv4.ip_local_port_range}
   */
  static Optional<Problem> overlap(Ports ports, String local) {
    String[] ends = local.strip().split("\\s+");
    Ports own = new Ports(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
    if (ports.last() < own.first() || own.last() < ports.first()) {
      return Optional.empty();
    }
    return Optional.of(
        Problem.of(
                "masquerade-ports",
                "ports that the node does not give to its own sockets",
                "%s, of which net.ipv4.ip_local_port_range has %s".formatted(ports, own))
            .remedy("change one of them: answers to the node's own would go to pods"));
  }

  private static Setting<List<Prefix>> blocks(
      String key, String meaning, Predicate<Prefix> fitting) {
    return new Setting<>(
        key,
        "",
        meaning,
        "blocks of addresses with commas between, or nothing",
        text -> {
          List<Prefix> prefixes =
              Arrays.stream(text.split(","))
                  .map(String::strip)
                  .filter(word -> !word.isEmpty())
                  .map(Prefix::parse)
                  .toList();
          if (!prefixes.stream().allMatch(fitting)) {
            throw new IllegalArgumentException(text);
          }
          return prefixes;
        });
  }

  private static Ports parsePorts(String text) {
    String[] ends = text.strip().split("-", -1);
    if (ends.length != 2) {
      throw new IllegalArgumentException(text);
    }
    Ports ports = new Ports(Integer.parseInt(ends[0].strip()), Integer.parseInt(ends[1].strip()));
    if (ports.first() < 1024 || ports.last() > 65535 || ports.count() < 1) {
      throw new IllegalArgumentException(text);
    }
    return ports;
  }
}
