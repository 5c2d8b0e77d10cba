package io.weir.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Prefix;
import io.weir.api.row.ResourceKey;
import io.weir.policy.compile.PolicyEngine;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PolicyEngineTest {
  private final World world = new World();

  @Test
  void should_share_compiled_policies_among_pods_of_one_identity_and_the_same_named_ports() {
    pod("a1", "app: a", "{name: http, containerPort: 80}");
    pod("a2", "app: a", "{name: http, containerPort: 80}");
    pod("a3", "app: a", "{name: http, containerPort: 8080}");
    pod("b", "app: b", "");
    world.apply(ingress("p", "app: a", "ports: [{port: http}]"));
    world.update();
    EndpointPolicy a1 = endpoint(1);
    EndpointPolicy a3 = endpoint(3);
    assertThat(endpoint(2).ingressSlot()).isEqualTo(a1.ingressSlot());
    assertThat(endpoint(2).egressSlot()).isEqualTo(a1.egressSlot());
    assertThat(a3.ingressSlot()).as("its http is another port").isNotEqualTo(a1.ingressSlot());
    assertThat(a3.egressSlot()).isEqualTo(a1.egressSlot());
    assertThat(endpoint(4).egressSlot()).isNotEqualTo(a1.egressSlot());
    assertThat(engine().compiled().rows()).hasSize(5);
    assertThat(world.passes("default/b", "default/a3:8080/TCP")).isTrue();
    assertThat(world.passes("default/b", "default/a1:8080/TCP")).isFalse();
  }

  @Test
  void should_write_the_same_rows_after_a_restart_in_another_order() {
    for (int i = 0; i < 6; i++) {
      pod("p" + i, "app: a" + i, "{name: http, containerPort: " + (80 + i) + "}");
      world.update();
    }
    for (int i = 5; i >= 0; i--) {
      world.apply(
          ingress("q" + i, "app: a" + i, "from: [{ipBlock: {cidr: 198.51." + i + ".0/24}}]"));
      world.update();
    }
    List<Map<?, ?>> before = rows();
    world.restart();
    world.update();
    assertThat(rows()).isEqualTo(before);
    assertThat(engine().unsaved()).as("nothing new is to be kept").isFalse();
  }

  @Test
  void should_give_another_content_another_class_number_and_the_same_content_the_same() {
    pod("a", "app: a", "");
    pod("b", "app: b", "");
    world.apply(ingress("p", "app: a", "from: [{podSelector: {matchLabels: {app: b}}}]"));
    world.update();
    int before = classOf("default/a", "default/b");
    world.apply(
        ingress(
            "p", "app: a", "from: [{podSelector: {matchLabels: {app: b}}}], ports: [{port: 80}]"));
    world.update();
    assertThat(classOf("default/a", "default/b")).isNotEqualTo(before);
    world.apply(ingress("p", "app: a", "from: [{podSelector: {matchLabels: {app: b}}}]"));
    world.update();
    assertThat(classOf("default/a", "default/b")).isEqualTo(before);
  }

  @Test
  void should_compile_by_steps_what_it_compiles_at_once() {
    pod("a", "app: a", "");
    world.apply(ingress("p", "app: a", "from: [{podSelector: {matchLabels: {app: b}}}]"));
    world.update();
    pod("b", "app: b", "");
    pod("c", "app: c", "");
    int compiled = engine().compiledSlots();
    world.update();
    assertThat(engine().compiledSlots() - compiled).as("new slots only").isEqualTo(4);
    assertThat(world.passes("default/b", "default/a:80/TCP")).isTrue();
    assertThat(world.passes("default/c", "default/a:80/TCP")).isFalse();
    Map<Integer, CompiledPolicy> bySteps = Map.copyOf(engine().compiled().rows());
    world.restart();
    world.update();
    assertThat(engine().compiled().rows()).isEqualTo(bySteps);
  }

  @Test
  void should_recompile_and_write_with_1000_policies_no_more_than_explain_names() {
    crowd(1_000, 200);
    world.update();
    Map<Integer, CompiledPolicy> before = Map.copyOf(engine().compiled().rows());
    int compiled = engine().compiledSlots();
    int reclassified = engine().reclassifiedSlots();
    List<Integer> written = changes();
    world.apply(ingress("q7", "app: a7", "ports: [{port: 4711}]"));
    world.update();
    Set<Integer> named = new HashSet<>();
    world
        .explain("default/p8", "default/p7:4711/TCP")
        .sides()
        .forEach(side -> side.rule().ifPresent(rule -> named.add(side.slot())));
    assertThat(named).containsExactly(endpoint("default/p7").ingressSlot());
    assertThat(changed(before)).isEqualTo(named);
    assertThat(engine().compiledSlots() - compiled).isEqualTo(named.size());
    assertThat(engine().reclassifiedSlots()).isEqualTo(reclassified);
    assertThat(difference(written))
        .as("of compiled, rules, blocks, identities, endpoints")
        .containsExactly(1, 0, 0, 0, 0);

    world.delete(new ResourceKey("NetworkPolicy", "default", "q7"));
    world.update();
    assertThat(difference(written)).containsExactly(2, 1, 0, 0, 0);
  }

  @Test
  void should_write_only_the_policies_that_select_a_new_pod() {
    crowd(1_000, 200);
    world.update();
    Map<Integer, CompiledPolicy> before = Map.copyOf(engine().compiled().rows());
    pod("late", "app: a8, late: very", "");
    world.update();
    EndpointPolicy late = endpoint("default/late");
    assertThat(changed(before))
        .as("its own, and that of the one who lets it in")
        .containsExactlyInAnyOrder(
            late.egressSlot(), late.ingressSlot(), endpoint("default/p7").ingressSlot());
  }

  @Test
  void should_change_nothing_when_nothing_has_changed() {
    crowd(20, 20);
    world.update();
    List<Integer> written = changes();
    world.apply(ingress("q7", "app: a7", "from: [{podSelector: {matchLabels: {app: a8}}}]"));
    world.update();
    assertThat(difference(written)).containsExactly(0, 0, 0, 0, 0);
  }

  @Test
  void should_keep_the_slots_of_an_identity_for_a_while_and_then_give_them_up() {
    pod("a", "app: a", "");
    world.update();
    int slot = endpoint(1).ingressSlot();
    world.delete(new ResourceKey("Pod", "default", "a"));
    world.update();
    assertThat(engine().compiled().rows()).containsKey(slot);
    assertThat(engine().endpointPolicies().rows()).isEmpty();
    world.pass(Duration.ofSeconds(59));
    world.update();
    assertThat(engine().compiled().rows()).containsKey(slot);
    world.pass(Duration.ofSeconds(1));
    assertThat(engine().nextUpdate()).isPresent();
    world.update();
    assertThat(engine().compiled().rows()).isEmpty();
    pod("b", "app: b", "");
    world.update();
    assertThat(endpoint(2).ingressSlot()).as("not given away at once").isNotEqualTo(slot);
  }

  @Test
  void should_know_a_block_for_a_while_that_no_rule_names_any_more() {
    pod("a", "app: a", "");
    world.apply(ingress("p", "app: a", "from: [{ipBlock: {cidr: 198.51.100.0/24}}]"));
    world.update();
    Prefix block = Prefix.parse("198.51.100.0/24");
    int identity = engine().blocks().rows().get(block).identity();
    world.apply(ingress("p", "app: a", "from: [{ipBlock: {cidr: 198.51.0.0/16}}]"));
    world.update();
    assertThat(engine().blocks().rows()).doesNotContainKey(block);
    assertThat(engine().blockIdentities().rows()).containsKey(identity);
    assertThat(row("default/a").classes()).as("packets looked up before").containsKey(identity);
    world.pass(Duration.ofSeconds(60));
    world.update();
    assertThat(engine().blockIdentities().rows()).doesNotContainKey(identity);
    assertThat(row("default/a").classes()).doesNotContainKey(identity);
  }

  @Test
  void should_name_no_block_that_only_policies_of_nobody_name() {
    pod("a", "app: a", "");
    world.apply(ingress("p", "app: nobody", "from: [{ipBlock: {cidr: 198.51.100.0/24}}]"));
    world.update();
    assertThat(engine().blocks().rows()).isEmpty();
  }

  @Test
  void should_have_the_rows_of_a_new_identity_before_the_endpoint_is_of_it() {
    pod("a", "app: a", "");
    pod("b", "app: b", "");
    world.apply(ingress("p", "app: a", "from: [{podSelector: {matchLabels: {app: c}}}]"));
    world.update();
    int before = endpoint(2).identity();
    pod("b", "app: c", "");
    world.update();
    int after = endpoint(2).identity();
    assertThat(after).isNotEqualTo(before);
    assertThat(row("default/a").classes()).containsKeys(after);
    assertThat(engine().compiled().rows()).containsKeys(endpoint(2).egressSlot());
  }

  private PolicyEngine engine() {
    return world.engine();
  }

  private EndpointPolicy endpoint(int id) {
    return engine().endpointPolicies().rows().get(id);
  }

  private EndpointPolicy endpoint(String pod) {
    return world.picture().endpoints().values().stream()
        .filter(one -> (one.namespace() + "/" + one.pod()).equals(pod))
        .map(one -> endpoint(one.id()))
        .findFirst()
        .orElseThrow();
  }

  private CompiledPolicy row(String pod) {
    return engine().compiled().rows().get(endpoint(pod).ingressSlot());
  }

  private int classOf(String pod, String peer) {
    return row(pod).classes().get(endpoint(peer).identity());
  }

  private List<Map<?, ?>> rows() {
    return List.of(
        Map.copyOf(engine().compiled().rows()),
        Map.copyOf(engine().rules().rows()),
        Map.copyOf(engine().blocks().rows()),
        Map.copyOf(engine().blockIdentities().rows()),
        Map.copyOf(engine().endpointPolicies().rows()));
  }

  private Set<Integer> changed(Map<Integer, CompiledPolicy> before) {
    Map<Integer, CompiledPolicy> now = new HashMap<>(engine().compiled().rows());
    return now.keySet().stream()
        .filter(slot -> !now.get(slot).equals(before.get(slot)))
        .collect(Collectors.toSet());
  }

  private List<Integer> changes() {
    return List.of(
        engine().compiled().changes(),
        engine().rules().changes(),
        engine().blocks().changes(),
        engine().blockIdentities().changes(),
        engine().endpointPolicies().changes());
  }

  private List<Integer> difference(List<Integer> before) {
    List<Integer> now = changes();
    return java.util.stream.IntStream.range(0, now.size())
        .mapToObj(i -> now.get(i) - before.get(i))
        .toList();
  }

  /** Policies in a ring, each letting the next app in, and pods for the first of them. */
  private void crowd(int policies, int pods) {
    for (int i = 0; i < pods; i++) {
      pod("p" + i, "app: a" + i, "");
    }
    for (int i = 0; i < policies; i++) {
      world.apply(
          ingress(
              "q" + i,
              "app: a" + i,
              "from: [{podSelector: {matchLabels: {app: a" + (i + 1) + "}}}]"));
    }
  }

  private void pod(String name, String labels, String port) {
    world.apply(
        Texts.resource(
            """
            kind: Pod
            metadata: {name: %s, labels: {%s}}
            spec: {containers: [{ports: [%s]}]}
            """
                .formatted(name, labels, port)));
  }

  private static io.weir.api.row.Resource ingress(String name, String subject, String rule) {
    return Texts.resource(
        """
        kind: NetworkPolicy
        metadata: {name: %s}
        spec: {podSelector: {matchLabels: {%s}}, ingress: [{%s}]}
        """
            .formatted(name, subject, rule));
  }
}
