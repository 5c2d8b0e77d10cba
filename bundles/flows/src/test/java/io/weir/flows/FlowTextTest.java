package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.weir.flows.abi.Abi;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class FlowTextTest {
  private static final long SECOND = 1_000_000_000L;

  private final StarWars world = new StarWars();
  private final CompactText text = new CompactText(ZoneOffset.UTC);
  private final FlowJson json = new FlowJson("n1", 0x0123456789abcdefL);

  private static Events dropped() {
    return Events.xwing(Abi.EVENT_DROPPED)
        .reason(Abi.REASON_POLICY_DENIED)
        .flags(Abi.EVENT_DENIED_INGRESS)
        .time(SECOND + 120_000_000);
  }

  @Test
  void should_name_the_policies_that_isolate_where_no_rule_allows() {
    assertThat(text.line(world.flow(dropped())))
        .isEqualTo(
            "Nov 26 12:00:01.120: default/xwing:43210 (ID:12345) -> default/deathstar-xyz:80"
                + " (ID:23456) Policy denied DROPPED (TCP Flags: SYN), ingress policy denied: no"
                + " rule allows it, isolated by CiliumNetworkPolicy default/rule1");
  }

  @Test
  void should_name_the_rule_that_denies() {
    Events events = dropped().reason(Abi.REASON_POLICY_DENY).rules(0, StarWars.RULE);
    assertThat(text.line(world.flow(events)))
        .endsWith(
            "Policy denied by denylist DROPPED (TCP Flags: SYN), ingress policy denied: by"
                + " ingress[0] of CiliumNetworkPolicy default/rule1");
  }

  @Test
  void should_keep_the_client_on_the_left_of_a_reply() {
    Events reply =
        Events.of(Abi.EVENT_FIRST_REPLY)
            .tcp(80, 43210, 18)
            .ends("10.0.0.8", "10.0.0.7")
            .identities(23456, 12345)
            .flags(Abi.EVENT_REPLY);
    assertThat(text.line(world.flow(reply)))
        .isEqualTo(
            "Nov 26 12:00:00.000: default/xwing:43210 (ID:12345) <- default/deathstar-xyz:80"
                + " (ID:23456) to-endpoint FORWARDED (TCP Flags: SYN, ACK)");
  }

  @Test
  void should_show_what_went_through_a_closed_flow() {
    RawEvent asked =
        Events.counted(Abi.EVENT_CLOSED)
            .tcp(1, 2, 18)
            .ends("10.0.0.7", "1.2.3.4")
            .flags(Abi.EVENT_MORE)
            .counts(5, 420)
            .raw();
    assertThat(world.flow(asked)).as("shown with its other half").isEmpty();
    Events answered =
        Events.counted(Abi.EVENT_CLOSED)
            .tcp(2, 1, 17)
            .ends("1.2.3.4", "10.0.0.7")
            .flags(Abi.EVENT_REPLY)
            .counts(4, 1300);
    assertThat(text.line(world.flow(answered)))
        .isEqualTo(
            "Nov 26 12:00:00.000: default/xwing:1 (ID:12345) -> 1.2.3.4:2 (world-ipv4) to-stack"
                + " FORWARDED (TCP Flags: SYN, ACK, FIN), closed: 5 packets, 420 bytes; back 4"
                + " packets, 1300 bytes");
  }

  @Test
  void should_tell_audited_flows_and_lost_events_and_reasons_without_a_name() {
    Events audited = dropped().reason(Abi.REASON_POLICY_DENIED).flags(Abi.EVENT_AUDIT);
    RawEvent opened = audited.raw();
    opened.type = Event.Type.OPENED;
    Flow flow = world.flow(opened).orElseThrow();
    assertThat(flow.verdict()).isEqualTo(Flow.Verdict.AUDIT);
    assertThat(text.line(flow)).contains(" policy-verdict:none INGRESS AUDITED (");
    assertThat(text.line(new Seen.Lost(StarWars.BOOT, Seen.Source.HUBBLE_RING_BUFFER, 3)))
        .isEqualTo("Nov 26 12:00:00.000: EVENTS LOST: HUBBLE_RING_BUFFER 3");
    assertThat(text.line(world.flow(dropped().reason(250)))).contains(" Reason 250 DROPPED ");
  }

  @Test
  void should_print_a_drop_with_the_fields_of_hubble() {
    Events events = dropped().service(StarWars.SERVICE);
    String expected =
        """
        {"flow": {
          "time": "2026-11-26T12:00:01.120Z",
          "uuid": "01234567-89ab-4def-8000-000000000000",
          "verdict": "DROPPED",
          "drop_reason": 133,
          "IP": {"source": "10.0.0.7", "destination": "10.0.0.8", "ipVersion": "IPv4"},
          "l4": {"TCP": {"source_port": 43210, "destination_port": 80, "flags": {"SYN": true}}},
          "source": {"ID": 7, "identity": 12345, "namespace": "default",
            "labels": ["k8s:org=alliance"], "pod_name": "xwing"},
          "destination": {"ID": 8, "identity": 23456, "namespace": "default",
            "labels": ["k8s:class=deathstar"], "pod_name": "deathstar-xyz",
            "workloads": [{"name": "deathstar", "kind": "Deployment"}]},
          "Type": "L3_L4",
          "node_name": "n1",
          "event_type": {"type": 1, "sub_type": 133},
          "destination_service": {"name": "deathstar", "namespace": "default"},
          "traffic_direction": "INGRESS",
          "drop_reason_desc": "POLICY_DENIED",
          "interface": {"index": 7, "name": "h7"},
          "emitter": {"name": "weir"},
          "ingress_denied_by": [{"name": "rule1", "namespace": "default", "labels": [
            "k8s:io.cilium.k8s.policy.derived-from=CiliumNetworkPolicy",
            "k8s:io.cilium.k8s.policy.name=rule1",
            "k8s:io.cilium.k8s.policy.namespace=default"], "kind": "CiliumNetworkPolicy"}],
          "Summary": "TCP Flags: SYN",
          "extensions": {"@type": "type.googleapis.com/google.protobuf.Struct",
            "value": {"event": "dropped"}}},
         "node_name": "n1",
         "time": "2026-11-26T12:00:01.120Z"}
        """;
    String line = json.line(world.flow(events));
    assertThat(line).doesNotContain("\n");
    assertThat(JsonParser.parseString(line)).isEqualTo(JsonParser.parseString(expected));
  }

  @Test
  void should_print_an_opened_flow_as_a_trace() {
    String line = json.line(world.flow(Events.xwing(Abi.EVENT_OPENED).rules(0, StarWars.RULE)));
    assertThat(line)
        .contains("\"verdict\":\"FORWARDED\"")
        .contains("\"event_type\":{\"type\":4}")
        .contains("\"traffic_direction\":\"EGRESS\"")
        .contains("\"trace_observation_point\":\"TO_ENDPOINT\"")
        .contains("\"trace_reason\":\"NEW\"")
        .contains("\"is_reply\":false")
        .contains("\"ingress_allowed_by\":[{\"name\":\"rule1\"")
        .doesNotContain("drop_reason");
  }

  @Test
  void should_print_lost_events_with_numbers_of_64_bits_as_text() {
    assertThat(json.line(new Seen.Lost(StarWars.BOOT, Seen.Source.PERF_EVENT_RING_BUFFER, 5)))
        .isEqualTo(
            "{\"lost_events\":{\"source\":\"PERF_EVENT_RING_BUFFER\",\"num_events_lost\":\"5\"},"
                + "\"node_name\":\"n1\",\"time\":\"2026-11-26T12:00:00Z\"}");
  }

  @Test
  void should_never_call_a_flow_closed_that_timed_out_or_was_evicted() {
    Events ended =
        Events.counted(Abi.EVENT_ENDED).l4(17, 1, 53).ends("10.0.0.7", "10.0.0.8").counts(2, 120);
    assertThat(text.line(world.flow(ended)))
        .endsWith("(UDP), timed out or evicted: 2 packets, 120 bytes; back 0 packets, 0 bytes");
    assertThat(json.line(world.flow(ended)))
        .contains("\"event\":\"timed-out-or-evicted\"")
        .doesNotContain("closed");
  }

  @Test
  void should_tell_how_many_drops_were_not_told() {
    Seen.Suppressed suppressed =
        new Seen.Suppressed(
            StarWars.BOOT, Abi.REASON_POLICY_DENIED, world.names.behind(7, world.now), false, 1234);
    assertThat(text.line(suppressed))
        .isEqualTo("Nov 26 12:00:00.000: DROPS NOT TOLD: 1234 from default/xwing: Policy denied");
    assertThat(json.line(suppressed))
        .isEqualTo(
            "{\"lost_events\":{\"num_events_lost\":\"1234\"},\"node_name\":\"n1\","
                + "\"time\":\"2026-11-26T12:00:00Z\"}");
  }

  @Test
  void should_tell_echo_requests_from_replies() {
    Events request = Events.of(Abi.EVENT_OPENED).l4(1, 4711, 8).ends("10.0.0.7", "10.0.0.8");
    Events reply =
        Events.of(Abi.EVENT_FIRST_REPLY)
            .l4(1, 8, 4711)
            .ends("10.0.0.8", "10.0.0.7")
            .flags(Abi.EVENT_REPLY);
    assertThat(L4.summary(request.event())).isEqualTo("ICMPv4 EchoRequest");
    assertThat(L4.summary(reply.event())).isEqualTo("ICMPv4 EchoReply");
  }
}
