package io.weir.flows;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.weir.api.row.Address;
import io.weir.api.row.ResourceKey;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Hubble's {@code GetFlowsResponse} as protobuf's JSON: names of the .proto files, numbers of 64
 * bits as text, and no field that is zero. What Hubble has no field for, what became of the flow,
 * is in {@code extensions}, as a {@code google.protobuf.Struct}.
 */
final class FlowJson {
  private static final int DROP = 1;
  private static final int TRACE = 4;
  private static final int POLICY_VERDICT = 5;

  /** Random once for each reader of rings, so that flows of two have not the same name. */
  private final long run;

  private final String node;
  private final Gson gson = new GsonBuilder().disableHtmlEscaping().create();

  FlowJson(String node, long run) {
    this.node = node;
    this.run = run;
  }

  /** Without a line end. */
  String line(Seen seen) {
    JsonObject response = new JsonObject();
    if (seen instanceof Flow flow) {
      response.add("flow", flow(flow));
    } else if (seen instanceof Seen.Lost lost) {
      response.add("lost_events", lost(lost.source(), lost.count()));
    } else {
      long count = ((Seen.Suppressed) seen).count();
      response.add("lost_events", lost(Seen.Source.UNKNOWN_LOST_EVENT_SOURCE, count));
    }
    response.addProperty("node_name", node);
    response.addProperty("time", seen.time().toString());
    return gson.toJson(response);
  }

  private static JsonObject lost(Seen.Source source, long count) {
    JsonObject json = new JsonObject();
    if (source != Seen.Source.UNKNOWN_LOST_EVENT_SOURCE) {
      json.addProperty("source", source.name());
    }
    json.addProperty("num_events_lost", Long.toString(count));
    return json;
  }

  private JsonObject flow(Flow flow) {
    Event event = flow.event();
    JsonObject json = new JsonObject();
    json.addProperty("time", flow.time().toString());
    json.addProperty("uuid", uuid(flow));
    json.addProperty("verdict", flow.verdict().name());
    if (event.reason() != 0) {
      json.addProperty("drop_reason", event.reason());
    }
    event.ends().ifPresent(ends -> json.add("IP", ip(ends)));
    l4(event).ifPresent(l4 -> json.add("l4", l4));
    json.add("source", party(flow.source()));
    json.add("destination", party(flow.destination()));
    json.addProperty("Type", "L3_L4");
    json.addProperty("node_name", node);
    json.add("event_type", eventType(flow));
    flow.sourceService().ifPresent(key -> json.add("source_service", service(key)));
    flow.destinationService().ifPresent(key -> json.add("destination_service", service(key)));
    json.addProperty("traffic_direction", flow.direction().name());
    if (flow.verdict() == Flow.Verdict.FORWARDED) {
      json.addProperty("trace_observation_point", flow.place().name());
      json.addProperty("trace_reason", traceReason(event.type()));
    }
    if (event.reason() != 0) {
      json.addProperty("drop_reason_desc", Reasons.of(event.reason()).hubbleName());
    }
    flow.reply().ifPresent(reply -> json.addProperty("is_reply", reply));
    flow.device()
        .ifPresent(
            device -> {
              JsonObject shown = new JsonObject();
              number(shown, "index", device.index());
              text(shown, "name", device.name());
              json.add("interface", shown);
            });
    JsonObject emitter = new JsonObject();
    emitter.addProperty("name", "weir");
    json.add("emitter", emitter);
    policies("egress", flow.egress(), json);
    policies("ingress", flow.ingress(), json);
    String summary = L4.summary(event);
    if (!summary.isEmpty()) {
      json.addProperty("Summary", summary);
    }
    json.add("extensions", extensions(event));
    return json;
  }

  /** Version 4 and variant 2 are put in, so that it is a UUID for whoever checks. */
  private String uuid(Flow flow) {
    long high = run & ~0xf000L | 0x4000L;
    long low = flow.number() & 0x3fffffffffffffffL | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }

  private static JsonObject ip(Event.Ends ends) {
    JsonObject json = new JsonObject();
    json.addProperty("source", ends.source().toString());
    json.addProperty("destination", ends.destination().toString());
    json.addProperty("ipVersion", version(ends.source()));
    return json;
  }

  private static String version(Address address) {
    return address.ipv6() ? "IPv6" : "IPv4";
  }

  private static Optional<JsonObject> l4(Event event) {
    return switch (event.protocol()) {
      case Event.TCP -> {
        JsonObject flags = new JsonObject();
        L4.tcpFlags(event).forEach(flag -> flags.addProperty(flag, true));
        JsonObject tcp = ports(event);
        tcp.add("flags", flags);
        yield Optional.of(of("TCP", tcp));
      }
      case Event.UDP -> Optional.of(of("UDP", ports(event)));
      case Event.SCTP -> Optional.of(of("SCTP", ports(event)));
      case Event.ICMP -> Optional.of(of("ICMPv4", icmp(event)));
      case Event.ICMP6 -> Optional.of(of("ICMPv6", icmp(event)));
      default -> Optional.empty();
    };
  }

  private static JsonObject ports(Event event) {
    JsonObject json = new JsonObject();
    number(json, "source_port", event.sourcePort());
    number(json, "destination_port", event.destinationPort());
    return json;
  }

  private static JsonObject icmp(Event event) {
    JsonObject json = new JsonObject();
    number(json, "type", L4.icmpType(event));
    return json;
  }

  private static JsonObject party(Party party) {
    JsonObject json = new JsonObject();
    number(json, "ID", party.endpoint());
    number(json, "identity", party.identity());
    text(json, "namespace", party.namespace());
    list(json, "labels", party.labels(), com.google.gson.JsonPrimitive::new);
    text(json, "pod_name", party.pod());
    list(
        json,
        "workloads",
        party.workloads(),
        workload -> {
          JsonObject one = new JsonObject();
          text(one, "name", workload.name());
          text(one, "kind", workload.kind());
          return one;
        });
    return json;
  }

  private static JsonObject eventType(Flow flow) {
    JsonObject json = new JsonObject();
    switch (flow.verdict()) {
      case DROPPED -> {
        json.addProperty("type", DROP);
        number(json, "sub_type", flow.event().reason());
      }
      case AUDIT -> json.addProperty("type", POLICY_VERDICT);
      case FORWARDED -> {
        json.addProperty("type", TRACE);
        number(json, "sub_type", flow.place().subType);
      }
    }
    return json;
  }

  private static String traceReason(Event.Type type) {
    return switch (type) {
      case OPENED -> "NEW";
      case FIRST_REPLY -> "REPLY";
      default -> "ESTABLISHED";
    };
  }

  private static JsonObject service(ResourceKey key) {
    JsonObject json = new JsonObject();
    text(json, "name", key.name());
    text(json, "namespace", key.namespace());
    return json;
  }

  private static void policies(String direction, Flow.Said said, JsonObject json) {
    String field = direction + (said.denied() ? "_denied_by" : "_allowed_by");
    list(json, field, said.policies(), FlowJson::policy);
  }

  private static JsonObject policy(ResourceKey key) {
    JsonObject json = new JsonObject();
    text(json, "name", key.name());
    text(json, "namespace", key.namespace());
    String prefix = "k8s:io.cilium.k8s.policy.";
    List<String> labels =
        key.namespace().isEmpty()
            ? List.of(prefix + "derived-from=" + key.kind(), prefix + "name=" + key.name())
            : List.of(
                prefix + "derived-from=" + key.kind(),
                prefix + "name=" + key.name(),
                prefix + "namespace=" + key.namespace());
    list(json, "labels", labels, com.google.gson.JsonPrimitive::new);
    text(json, "kind", key.kind());
    return json;
  }

  /** {@code event}: the type's words with hyphens; and counters by direction. */
  private static JsonObject extensions(Event event) {
    JsonObject value = new JsonObject();
    value.addProperty("event", event.type().words().replace(' ', '-'));
    event
        .counts()
        .ifPresent(
            counts -> {
              value.addProperty("packets", counts.packets());
              value.addProperty("bytes", counts.bytes());
              value.addProperty("reply_packets", counts.replyPackets());
              value.addProperty("reply_bytes", counts.replyBytes());
            });
    JsonObject json = new JsonObject();
    json.addProperty("@type", "type.googleapis.com/google.protobuf.Struct");
    json.add("value", value);
    return json;
  }

  private static JsonObject of(String name, JsonElement value) {
    JsonObject json = new JsonObject();
    json.add(name, value);
    return json;
  }

  private static void number(JsonObject json, String name, int value) {
    if (value != 0) {
      json.addProperty(name, Integer.toUnsignedLong(value));
    }
  }

  private static void text(JsonObject json, String name, String value) {
    if (!value.isEmpty()) {
      json.addProperty(name, value);
    }
  }

  private static <T> void list(
      JsonObject json, String name, List<T> values, Function<T, JsonElement> shown) {
    if (!values.isEmpty()) {
      JsonArray array = new JsonArray();
      values.forEach(value -> array.add(shown.apply(value)));
      json.add(name, array);
    }
  }
}
