package io.weir.routing;

import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import java.util.ArrayList;
import java.util.List;

/**
 * The node's one table of nftables: what pods send to the outside leaves with the node's address,
 * what they send to pods does not. As {@code nft list} prints it, so that what is there can be
 * compared.
 */
final class Masquerade {
  private final LocalNode node;
  private final boolean ipv4;
  private final boolean ipv6;

  Masquerade(LocalNode node, boolean ipv4, boolean ipv6) {
    this.node = node;
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
  }

  /** {@code inet weir_n1}; characters that nftables has no names with become underscores. */
  static String table(String node) {
    return "inet weir_" + node.replaceAll("[^A-Za-z0-9_.-]", "_");
  }

  /** The table's text; empty where nothing is masqueraded. */
  String text() {
    List<String> rules = rules();
    if (rules.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder("table " + table(node.name()) + " {\n");
    text.append("\tchain postrouting {\n");
    text.append("\t\ttype nat hook postrouting priority srcnat; policy accept;\n");
    rules.forEach(rule -> text.append("\t\t").append(rule).append('\n'));
    return text.append("\t}\n}\n").toString();
  }

  /** A transaction for {@code nft -f -} that leaves the table as {@link #text} has it. */
  String transaction() {
    return removal(node.name()) + text();
  }

  /** A transaction that leaves no table; it holds where there was none, too. */
  static String removal(String node) {
    String table = table(node);
    return "add table %s\ndelete table %s\n".formatted(table, table);
  }

  private List<String> rules() {
    List<String> rules = new ArrayList<>();
    for (Prefix cidr : node.podCidrs()) {
      boolean six = cidr.address().ipv6();
      if (six ? ipv6 : ipv4) {
        String family = six ? "ip6" : "ip";
        rules.add("%1$s saddr %2$s %1$s daddr != %2$s masquerade".formatted(family, cidr));
      }
    }
    return rules;
  }
}
