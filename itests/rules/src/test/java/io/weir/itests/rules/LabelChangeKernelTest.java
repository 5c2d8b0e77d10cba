package io.weir.itests.rules;

import static io.weir.itests.rules.Probe.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Party;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Labels of running pods change, and the kernel is asked all the while. */
@NeedsRoot
class LabelChangeKernelTest extends RuleTest {
  private static final int CHANGES = 40;
  private static final int PARTNERS = 8;

  /**
   * A client is of colour red or blue, and so may reach port 80 of all servers in either, port 81
   * while it is red and port 82 while it is blue.
   */
  @Test
  void c32_should_leave_no_gap_where_an_identity_changes() {
    world.describe("default/client", "{app: client, colour: red}");
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: server}}
            ingress:
            - from: [{podSelector: {matchLabels: {colour: red}}}]
              ports: [{port: 80}, {port: 81}]
            - from: [{podSelector: {matchLabels: {colour: blue}}}]
              ports: [{port: 80}, {port: 82}]
            """));
    try (Watch both = watch(client, server, 80);
        Watch never = watch(client, server, 83);
        Watch red = watch(client, server, 81)) {
      change(red, "client", true);
      assertThat(both.seen()).as("what both identities may").containsExactly(true);
      assertThat(never.seen()).as("what neither may").containsExactly(false);
    }
  }

  /** As c32, of the pod that policies select. */
  @Test
  void should_leave_no_gap_where_the_subject_changes() {
    world.describe("default/server", "{app: server, colour: red}");
    for (String colour : new String[] {"red", "blue"}) {
      world.apply(
          networkPolicy(
              colour,
              """
              podSelector: {matchLabels: {colour: %s}}
              policyTypes: [Ingress, Egress]
              ingress: [{from: [{podSelector: {}}], ports: [{port: 80}, {port: %s}]}]
              """
                  .formatted(colour, colour.equals("red") ? 81 : 82)));
    }
    try (Watch both = watch(client, server, 80);
        Watch never = watch(client, server, 83);
        Watch red = watch(client, server, 81)) {
      change(red, "server", true);
      assertThat(both.seen()).as("what both identities may").containsExactly(true);
      assertThat(never.seen()).as("what neither may").containsExactly(false);
    }
  }

  /** Established flows, too, where both identities may have them. */
  @Test
  void should_keep_flows_that_both_identities_may_have_and_end_those_that_one_may_not() {
    world.describe("default/client", "{app: client, colour: red}");
    List<Party> servers = new ArrayList<>();
    for (int i = 0; i < PARTNERS; i++) {
      servers.add(world.pod("default/partner-" + i, "{app: partner, number: \"" + i + "\"}"));
    }
    world.apply(
        networkPolicy(
            "p",
            """
            podSelector: {matchLabels: {app: partner}}
            ingress:
            - from: [{podSelector: {matchLabels: {colour: red}}}]
              ports: [{port: 80}, {port: 81}]
            - from: [{podSelector: {matchLabels: {colour: blue}}}]
              ports: [{port: 80}]
            """));
    List<Flow> kept = new ArrayList<>();
    List<Flow> ended = new ArrayList<>();
    for (Party partner : servers) {
      kept.addAll(flows(client, partner, tcp(80)));
      ended.addAll(flows(client, partner, tcp(81)));
    }
    assertThat(kept).allMatch(Flow::opens).allMatch(Flow::isAnswered);
    assertThat(ended).allMatch(Flow::opens).allMatch(Flow::isAnswered);
    try (Watch watch =
        Watch.of(
            world.kernel,
            () -> kept.stream().allMatch(flow -> flow.goesOnHere() && flow.isAnsweredHere()))) {
      world.describe("default/client", "{app: client, colour: blue}");
      assertThat(ended).noneMatch(Flow::goesOn).noneMatch(Flow::isAnswered);
      world.describe("default/client", "{app: client, colour: red}");
      assertThat(watch.seen()).containsExactly(true);
    }
  }

  private static Watch watch(Party from, Party to, int port) {
    BooleanSupplier question = () -> world.kernel.sendHere(from, to, tcp(port), port % 2 == 0);
    return Watch.of(world.kernel, question);
  }

  /** Changes the colour many times; {@code red} must follow. */
  private static void change(Watch red, String pod, boolean isRed) {
    boolean now = isRed;
    for (int i = 0; i < CHANGES; i++) {
      now = !now;
      world.describe(
          "default/" + pod, "{app: %s, colour: %s}".formatted(pod, now ? "red" : "blue"));
      red.forget();
      assertThat(red.seen()).as("port 81 after change %d", i).containsExactly(now);
    }
  }
}
