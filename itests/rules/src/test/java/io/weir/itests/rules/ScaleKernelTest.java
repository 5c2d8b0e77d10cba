package io.weir.itests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.datapath.UnpinnedDatapath.Write;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Party;
import io.weir.policy.explain.Explanation;
import io.weir.policy.explain.Picture;
import io.weir.policy.explain.Question;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Many policies, of which one changes. */
@NeedsRoot
class ScaleKernelTest {
  /** ANY_REVISION of bpf/abi/policy.h: raised once with whatever slot's is. */
  private static final int ANY_REVISION = 65536;

  private static final int POLICIES = 1_000;
  private static final int PODS = 40;
  private static final int CHANGED = 123;
  private static final int TIMED = 100;

  @Test
  void should_recompile_and_write_no_more_than_explain_names_when_one_of_a_thousand_changes() {
    try (RuleWorld world = new RuleWorld()) {
      List<Party> servers = new ArrayList<>();
      for (int i = 0; i < PODS; i++) {
        servers.add(world.pod("default/server-" + i, "{server: \"" + i + "\"}"));
      }
      Party client = world.pod("default/client", "{app: client}");
      for (int i = 0; i < POLICIES; i++) {
        world.put(policy(i, 1000 + i));
      }
      world.settle();
      Party server = servers.get(CHANGED % PODS);
      Explanation.Side before = deciding(world, client, server, 1000 + CHANGED);
      long revision = world.tables.table(WeirTables.COMPILED_POLICIES).snapshot().revision();
      world.writes();

      world.apply(policy(CHANGED, 5000));

      Explanation.Side after = deciding(world, client, server, 5000);
      assertThat(after.slot()).isEqualTo(before.slot());
      assertThat(after.decision().passes()).isTrue();
      assertThat(deciding(world, client, server, 1000 + CHANGED).decision().passes()).isFalse();
      Set<Integer> recompiled =
          world.tables.table(WeirTables.COMPILED_POLICIES).snapshot().rows().stream()
              .filter(row -> row.revision() > revision)
              .map(Row::key)
              .collect(Collectors.toSet());
      assertThat(recompiled).as("compiled anew").containsExactly(after.slot());

      List<Write> writes = world.writes();
      Set<Integer> classes = Set.of(before.decision().peerClass(), after.decision().peerClass());
      assertThat(writes)
          .isNotEmpty()
          .allSatisfy(
              write -> {
                boolean any = write.map().equals("revisions") && write.slot() == ANY_REVISION;
                assertThat(any || write.slot() == after.slot()).as(write.toString()).isTrue();
                if (write.map().equals("policy_rules")) {
                  assertThat(classes).as(write.toString()).contains(write.of());
                }
              });
      assertThat(count(writes, "policy_classes"))
          .as("peers led to another class: the one that explain names")
          .isEqualTo(1);
      CompiledPolicy row =
          world
              .tables
              .table(WeirTables.COMPILED_POLICIES)
              .snapshot()
              .get(after.slot())
              .orElseThrow();
      int size = row.entries().get(after.decision().peerClass()).size();
      assertThat(count(writes, "policy_rules")).as("rules of the two classes").isEqualTo(2 * size);
      System.out.printf(
          "ScaleKernelTest: %d of %d policies changed: %d writes%n", 1, POLICIES, writes.size());
      world.put(policy(CHANGED, 5000));
      world.settle();
      assertThat(world.writes()).as("nothing has changed").isEmpty();
    }
  }

  @Test
  void should_put_policies_in_force_soon_after_they_are_applied() {
    try (RuleWorld world = new RuleWorld()) {
      Party client = world.pod("default/client", "{app: client}");
      Party server = world.pod("default/server", "{server: \"0\"}");
      world.apply(policy(0, 79));
      long[] micros = new long[TIMED];
      for (int i = 0; i < TIMED; i++) {
        int port = 1000 + i;
        assertThat(world.kernel.ask(client, server, Probe.tcp(port), false).passes()).isFalse();
        String policy = "p" + i;
        micros[i] =
            world.kernel.in(
                () -> {
                  long start = System.nanoTime();
                  world.put(allow(policy, port));
                  while (!world.kernel.sendHere(client, server, Probe.tcp(port), false)) {
                    Thread.onSpinWait();
                  }
                  return (System.nanoTime() - start) / 1000;
                });
      }
      Arrays.sort(micros);
      System.out.printf(
          "ScaleKernelTest: applied → enforced, %d policies: p50 %d µs, p99 %d µs, most %d µs%n",
          TIMED, micros[TIMED / 2], micros[TIMED * 99 / 100 - 1], micros[TIMED - 1]);
    }
  }

  private static int count(List<Write> writes, String map) {
    return (int) writes.stream().filter(write -> write.map().equals(map)).count();
  }

  private static String policy(int number, int port) {
    return RuleTest.networkPolicy(
        "p" + number,
        """
        podSelector: {matchLabels: {server: "%s"}}
        ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: %s}]}]
        """
            .formatted(number % PODS, port));
  }

  private static String allow(String name, int port) {
    return RuleTest.networkPolicy(
        name,
        """
        podSelector: {matchLabels: {server: "0"}}
        ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: %s}]}]
        """
            .formatted(port));
  }

  /** What the receiver's ingress policy says of a TCP port. */
  private static Explanation.Side deciding(RuleWorld world, Party from, Party to, int port) {
    Picture picture = Picture.of(world.tables);
    Question question = Question.parse(from.name(), to.name() + ":" + port + "/TCP", picture);
    return Explanation.of(question, picture).sides().get(1);
  }
}
