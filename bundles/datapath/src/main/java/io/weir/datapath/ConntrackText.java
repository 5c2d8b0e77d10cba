package io.weir.datapath;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.weir.api.row.Address;
import io.weir.api.row.PolicyRule;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A flow in one line: for people, or an object for programs. */
final class ConntrackText {
  private static final String COLUMNS = "%-6s %-9s %-12s %-40s %-40s %15s %19s %9s %9s  %s";
  private static final Map<Integer, String> PROTOCOLS =
      Map.of(1, "icmp", 6, "tcp", 17, "udp", 58, "icmpv6", 132, "sctp");

  private final Gson gson = new GsonBuilder().disableHtmlEscaping().create();
  private final ConntrackNames names;
  private final int now;
  private final int ticks;

  /**
   * @param now jiffies, low 32 bits
   * @param ticks of them a second
   */
  ConntrackText(ConntrackNames names, int now, int ticks) {
    this.names = names;
    this.now = now;
    this.ticks = ticks;
  }

  static String head() {
    return COLUMNS.formatted(
        "PROTO",
        "VERDICT",
        "STATE",
        "SOURCE",
        "DESTINATION",
        "PACKETS",
        "BYTES",
        "IDLE",
        "AGE",
        "BY");
  }

  String line(ConntrackFlow flow) {
    Tuple asked = flow.asked();
    return COLUMNS
        .formatted(
            protocol(asked.protocol()),
            flow.verdict(),
            flow.state(),
            end(names.source(flow), asked.source(), asked.sourcePort()),
            end(
                flow.translated() ? Optional.empty() : names.destination(flow),
                asked.destination(),
                asked.destinationPort()),
            flow.packets() + "/" + flow.replyPackets(),
            flow.bytes() + "/" + flow.replyBytes(),
            seconds(flow.idle(now)),
            flow.age(now).map(this::seconds).orElse("-"),
            by(flow))
        .stripTrailing();
  }

  /** Service, translation and rules, as far as there are. */
  private String by(ConntrackFlow flow) {
    StringBuilder text = new StringBuilder();
    names.service(flow).ifPresent(service -> text.append("service ").append(service).append("  "));
    if (flow.translated()) {
      Tuple reached = flow.reached();
      text.append("as ");
      if (!reached.source().equals(flow.asked().source())
          || reached.sourcePort() != flow.asked().sourcePort()) {
        text.append(end(Optional.empty(), reached.source(), reached.sourcePort())).append(" -> ");
      }
      text.append(end(names.destination(flow), reached.destination(), reached.destinationPort()))
          .append("  ");
    }
    rule(text, "egress", flow.egressRule());
    rule(text, "ingress", flow.ingressRule());
    return text.toString();
  }

  private void rule(StringBuilder text, String direction, int id) {
    if (id != 0) {
      text.append(direction)
          .append(' ')
          .append(
              names
                  .rule(id)
                  .map(rule -> rule.policy() + " " + rule.section())
                  .orElse("rule " + Integer.toUnsignedString(id)))
          .append("  ");
    }
  }

  String json(ConntrackFlow flow) {
    JsonObject json = new JsonObject();
    json.addProperty("protocol", protocol(flow.asked().protocol()));
    json.addProperty("verdict", flow.verdict());
    json.addProperty("state", flow.state());
    json.add(
        "source",
        end(
            names.source(flow),
            flow.sourceIdentity(),
            flow.asked().source(),
            flow.asked().sourcePort()));
    json.add(
        "destination",
        end(
            names.destination(flow),
            flow.destinationIdentity(),
            flow.asked().destination(),
            flow.asked().destinationPort()));
    if (flow.translated()) {
      JsonObject as = new JsonObject();
      as.addProperty("source-address", flow.reached().source().toString());
      as.addProperty("source-port", flow.reached().sourcePort());
      as.addProperty("destination-address", flow.reached().destination().toString());
      as.addProperty("destination-port", flow.reached().destinationPort());
      json.add("translated-to", as);
    }
    json.addProperty("packets", flow.packets());
    json.addProperty("bytes", flow.bytes());
    json.addProperty("reply-packets", flow.replyPackets());
    json.addProperty("reply-bytes", flow.replyBytes());
    json.addProperty("idle-seconds", (double) flow.idle(now) / ticks);
    flow.age(now).ifPresent(age -> json.addProperty("age-seconds", (double) age / ticks));
    names.service(flow).ifPresent(service -> json.addProperty("service", service));
    rule(json, "egress", flow.egressRule());
    rule(json, "ingress", flow.ingressRule());
    return gson.toJson(json);
  }

  private void rule(JsonObject json, String direction, int id) {
    if (id != 0) {
      JsonObject said = new JsonObject();
      said.addProperty("rule", Integer.toUnsignedLong(id));
      Optional<PolicyRule> rule = names.rule(id);
      rule.ifPresent(known -> said.addProperty("policy", known.policy().toString()));
      rule.ifPresent(known -> said.addProperty("section", known.section()));
      json.add(direction, said);
    }
  }

  private static JsonObject end(Optional<String> pod, int identity, Address address, int port) {
    JsonObject json = new JsonObject();
    pod.ifPresent(name -> json.addProperty("pod", name));
    json.addProperty("identity", Integer.toUnsignedLong(identity));
    json.addProperty("address", address.toString());
    json.addProperty("port", port);
    return json;
  }

  private static String end(Optional<String> pod, Address address, int port) {
    return pod.orElseGet(() -> address.ipv6() ? "[" + address + "]" : address.toString())
        + ":"
        + port;
  }

  private String seconds(long jiffies) {
    return String.format(Locale.ROOT, "%.1fs", (double) jiffies / ticks);
  }

  private static String protocol(int number) {
    return PROTOCOLS.getOrDefault(number, Integer.toString(number));
  }
}
