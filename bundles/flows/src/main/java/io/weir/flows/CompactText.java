package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.Identity;
import io.weir.api.row.ResourceKey;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One line a flow, for people: as {@code hubble observe} prints it, then what it does not tell,
 * which policies were against it and how much went through.
 */
final class CompactText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss.SSS", Locale.ENGLISH);

  private static final Map<Integer, String> RESERVED =
      Map.ofEntries(
          Map.entry(Identity.UNKNOWN, "unknown"),
          Map.entry(Identity.HOST, "host"),
          Map.entry(Identity.WORLD, "world"),
          Map.entry(Identity.UNMANAGED, "unmanaged"),
          Map.entry(Identity.HEALTH, "health"),
          Map.entry(Identity.INIT, "init"),
          Map.entry(Identity.REMOTE_NODE, "remote-node"),
          Map.entry(Identity.KUBE_APISERVER, "kube-apiserver"),
          Map.entry(Identity.INGRESS, "ingress"),
          Map.entry(Identity.WORLD_IPV4, "world-ipv4"),
          Map.entry(Identity.WORLD_IPV6, "world-ipv6"));

  private final ZoneId zone;

  CompactText(ZoneId zone) {
    this.zone = zone;
  }

  String line(Seen seen) {
    if (seen instanceof Seen.Suppressed suppressed) {
      return suppressed(suppressed);
    }
    return seen instanceof Flow flow ? line(flow) : lost((Seen.Lost) seen);
  }

  private String suppressed(Seen.Suppressed suppressed) {
    Party pod = suppressed.pod();
    return "%s: DROPS NOT TOLD: %s %s %s: %s"
        .formatted(
            TIME.format(suppressed.time().atZone(zone)),
            suppressed.count(),
            suppressed.toPod() ? "to" : "from",
            pod.pod().isEmpty() ? "unknown" : pod.namespace() + "/" + pod.pod(),
            Reasons.of(suppressed.reason()).words());
  }

  private String lost(Seen.Lost lost) {
    return "%s: EVENTS LOST: %s %s"
        .formatted(TIME.format(lost.time().atZone(zone)), lost.source(), lost.count());
  }

  private String line(Flow flow) {
    boolean reply = flow.event().reply();
    String source = source(flow);
    String destination = destination(flow);
    StringBuilder line = new StringBuilder(TIME.format(flow.time().atZone(zone)));
    line.append(": ").append(reply ? destination : source);
    line.append(reply ? " <- " : " -> ").append(reply ? source : destination);
    line.append(' ').append(what(flow));
    String summary = L4.summary(flow.event());
    if (!summary.isEmpty()) {
      line.append(" (").append(summary).append(')');
    }
    against(flow, line);
    flow.event().counts().ifPresent(counts -> line.append(counted(flow, counts)));
    return line.toString();
  }

  private static String source(Flow flow) {
    return end(
        flow.source(),
        flow.sourceService(),
        flow.event().ends().map(Event.Ends::source),
        port(flow, flow.event().sourcePort()));
  }

  private static String destination(Flow flow) {
    return end(
        flow.destination(),
        flow.destinationService(),
        flow.event().ends().map(Event.Ends::destination),
        port(flow, flow.event().destinationPort()));
  }

  private static String port(Flow flow, int port) {
    return L4.hasPorts(flow.event().protocol()) && port != 0 ? ":" + port : "";
  }

  private static String end(
      Party party, Optional<ResourceKey> service, Optional<Address> address, String port) {
    String name =
        party.pod().isEmpty()
            ? service
                .map(key -> key.namespace() + "/" + key.name())
                .or(() -> address.map(CompactText::bracketed))
                .orElse("unknown")
            : party.namespace() + "/" + party.pod();
    String identity = RESERVED.getOrDefault(party.identity(), "ID:" + party.identity());
    return name + port + " (" + identity + ")";
  }

  private static String bracketed(Address address) {
    return address.ipv6() ? "[" + address + "]" : address.toString();
  }

  private static String what(Flow flow) {
    return switch (flow.verdict()) {
      case DROPPED -> Reasons.of(flow.event().reason()).words() + " DROPPED";
      case AUDIT -> "policy-verdict:none " + flow.direction() + " AUDITED";
      case FORWARDED -> flow.place().words + " FORWARDED";
    };
  }

  private static void against(Flow flow, StringBuilder line) {
    against(Direction.EGRESS, flow.egress(), line);
    against(Direction.INGRESS, flow.ingress(), line);
  }

  private static void against(Direction direction, Flow.Said said, StringBuilder line) {
    if (!said.denied() || said.policies().isEmpty()) {
      return;
    }
    String policies =
        said.policies().stream().map(CompactText::shown).collect(Collectors.joining(", "));
    line.append(", ").append(direction.name().toLowerCase(Locale.ROOT)).append(" policy denied: ");
    if (said.byRule().isEmpty()) {
      line.append("no rule allows it, isolated by ").append(policies);
    } else {
      line.append("by ").append(said.byRule()).append(" of ").append(policies);
    }
  }

  /** {@code CiliumNetworkPolicy default/rule1}. */
  private static String shown(ResourceKey key) {
    String place = key.namespace().isEmpty() ? "" : key.namespace() + "/";
    return key.kind() + " " + place + key.name();
  }

  private static String counted(Flow flow, Event.Counts counts) {
    return ", %s: %s packets, %s bytes; back %s packets, %s bytes"
        .formatted(
            flow.event().type().end() ? flow.event().type().words() : "open",
            counts.packets(),
            counts.bytes(),
            counts.replyPackets(),
            counts.replyBytes());
  }
}
