package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.Flow4KeyLayout;
import io.weir.datapath.abi.Flow6KeyLayout;
import io.weir.datapath.abi.NatLayout;
import io.weir.linux.BpfMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Masqueraded flows, as the maps of translations have them. */
public final class Translations {
  private Translations() {}

  /**
   * To whom a pod has masqueraded flows.
   *
   * @param pod its address
   */
  public record Talk(Address pod, Destination destination) {}

  /**
   * What has a pool of ports of its own.
   *
   * @param from the uplink's address
   * @param port 0 where the protocol has none; of ICMP the type
   */
  public record Destination(Address from, Address to, int port, int protocol) {
    @Override
    public String toString() {
      String name =
          switch (protocol) {
            case 1 -> "ICMP";
            case 6 -> "TCP";
            case 17 -> "UDP";
            case 58 -> "ICMPv6";
            case 132 -> "SCTP";
            default -> "protocol " + protocol;
          };
      return (to.ipv6() ? "[" + to + "]" : to.toString()) + ":" + port + "/" + name;
    }
  }

  /** How many flows each pod has to each destination; those of most first. */
  public static List<Map.Entry<Talk, Integer>> count(BpfMap nat4, BpfMap nat6) {
    Map<Talk, Integer> counts = new HashMap<>();
    for (BpfMap map : List.of(nat4, nat6)) {
      map.forEach(
          (key, nat) -> {
            boolean asks = (NatLayout.flags(nat, 0) & Abi.FLOW_INITIATOR) != 0;
            if (asks && NatLayout.uplink(nat, 0) != 0) {
              counts.merge(talk(key, nat), 1, Integer::sum);
            }
          });
    }
    List<Map.Entry<Talk, Integer>> sorted = new ArrayList<>(counts.entrySet());
    sorted.sort(
        Map.Entry.<Talk, Integer>comparingByValue()
            .reversed()
            .thenComparing(entry -> entry.getKey().pod(), Comparator.naturalOrder()));
    return sorted;
  }

  private static Talk talk(byte[] key, byte[] nat) {
    boolean six = key.length == Flow6KeyLayout.SIZE;
    Address pod =
        six
            ? Address.of(Flow6KeyLayout.source(key, 0))
            : Address.of(Bytes.slice(key, Flow4KeyLayout.SOURCE, 4));
    int protocol = six ? Flow6KeyLayout.protocol(key, 0) : Flow4KeyLayout.protocol(key, 0);
    return new Talk(
        pod,
        new Destination(
            address(nat, NatLayout.SOURCE, six),
            address(nat, NatLayout.DESTINATION, six),
            NatLayout.destinationPort(nat, 0),
            protocol));
  }

  private static Address address(byte[] nat, int at, boolean six) {
    return Address.of(six ? Bytes.slice(nat, at, 16) : Bytes.slice(nat, at + 12, 4));
  }
}
