package io.weir.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.ProblemException;
import io.weir.api.StateFiles;
import io.weir.api.row.Address;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointIdentity;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Identity;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SettingValue;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Change;
import io.weir.api.table.Epoch;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Status;
import io.weir.api.table.TableId;
import io.weir.policy.explain.Explanation;
import io.weir.policy.explain.Picture;
import io.weir.policy.explain.Question;
import io.weir.state.BootClock;
import io.weir.state.SettingsService;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The controller between real tables. */
@Timeout(60)
class PolicyControllerTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Owner OTHERS = Owner.of("io.weir.test");
  private static final ResourceKey P = new ResourceKey("NetworkPolicy", "default", "p");
  private static final List<TableId<?, ?>> OUTPUTS =
      List.of(
          WeirTables.POLICY_RULES,
          WeirTables.COMPILED_POLICIES,
          WeirTables.BLOCK_IDENTITIES,
          WeirTables.ENDPOINT_POLICIES,
          WeirTables.IDENTITIES);

  @TempDir Path base;

  private final TableStore tables = new TableStore();
  private final Epoch<ResourceKey, Resource> resources =
      tables.table(WeirTables.RESOURCES).write(OTHERS);
  private final Epoch<Integer, Endpoint> endpoints =
      tables.table(WeirTables.ENDPOINTS).write(OTHERS);
  private final Epoch<Integer, Identity> identities =
      tables.table(WeirTables.IDENTITIES).write(OTHERS);
  private final Epoch<Integer, EndpointIdentity> endpointIdentities =
      tables.table(WeirTables.ENDPOINT_IDENTITIES).write(OTHERS);
  private final SettingsService settings = new SettingsService(tables, Map.of());
  private final List<Loop> loops = new ArrayList<>();
  private PolicyController controller;

  @BeforeEach
  void fill() {
    identity(Identity.HOST, "reserved:host", "");
    identity(256, "k8s:app", "web");
    identity(257, "k8s:app", "client");
    pod(1, "web", "web", 256);
    pod(2, "client", "client", 257);
  }

  @AfterEach
  void closeLoops() {
    loops.forEach(Loop::close);
    controller.deactivate();
  }

  @Test
  void should_compile_nothing_before_every_input_is_there() throws Exception {
    resources.synced();
    start();
    assertThat(tables.table(WeirTables.ENDPOINT_POLICIES).snapshot().rows()).isEmpty();
    endpoints.synced();
    settle();
    assertThat(tables.table(WeirTables.ENDPOINT_POLICIES).snapshot().rows()).isEmpty();
    endpointIdentities.synced();
    settle();
    assertThat(tables.table(WeirTables.ENDPOINT_POLICIES).snapshot().rows()).hasSize(2);
    assertThat(tables.table(WeirTables.ENDPOINT_POLICIES).snapshot().synced()).isTrue();
  }

  @Test
  void should_report_what_is_in_force_and_explain_it_from_the_rows() throws Exception {
    synced();
    apply(policy("{port: 80}"));
    start();
    assertThat(statuses(P)).containsExactly(Status.DONE);
    assertThat(passes("default/client", "default/web:80/TCP")).isTrue();
    assertThat(passes("default/client", "default/web:81/TCP")).isFalse();
    assertThat(controller.lines())
        .containsExactly(new PolicyLine(P, "enforced", "", 1, List.of(1)));
  }

  @Test
  void should_keep_the_last_good_version_of_a_policy_and_say_so() throws Exception {
    synced();
    apply(policy("{port: 80}"));
    start();
    apply(policy("{port: http!}"));
    settle();
    String why =
        "a.yaml:1: NetworkPolicy/default/p: spec.ingress[0].ports[0].port: expected a port number"
            + " or name, got \"http!\"";
    assertThat(statuses(P))
        .singleElement()
        .isInstanceOfSatisfying(
            Status.Failed.class, failed -> assertThat(failed.problem().sentence()).isEqualTo(why));
    assertThat(controller.lines())
        .containsExactly(
            new PolicyLine(P, "refused, an older version is enforced", why, 1, List.of(1)));
    assertThat(passes("default/client", "default/web:80/TCP")).isTrue();
    assertThat(passes("default/client", "default/web:81/TCP")).isFalse();
    restart();
    assertThat(passes("default/client", "default/web:81/TCP")).as("after a restart").isFalse();
    apply(policy("{port: 81}"));
    settle();
    assertThat(passes("default/client", "default/web:81/TCP")).isTrue();
    assertThat(statuses(P)).containsExactly(Status.DONE);
  }

  @Test
  void should_keep_a_version_in_force_though_it_is_written_otherwise_while_nobody_looks()
      throws Exception {
    synced();
    apply(policy("{port: 80}"));
    start();
    controller.deactivate();
    apply(policy("{port: http!}"));
    start();
    assertThat(passes("default/client", "default/web:80/TCP")).isTrue();
    assertThat(passes("default/client", "default/web:81/TCP")).isFalse();
    resources.remove(P);
    settle();
    assertThat(passes("default/client", "default/web:81/TCP")).isTrue();
  }

  @Test
  void should_let_no_neighbour_suffer_from_a_refused_policy() throws Exception {
    synced();
    start();
    apply(
        Texts.resource(
            """
            kind: CiliumNetworkPolicy
            metadata: {name: bad}
            spec: {endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "80"}], rules: {http: [{}]}}]}]}
            """));
    apply(policy("{port: 80}"));
    settle();
    assertThat(passes("default/client", "default/web:80/TCP")).isTrue();
    assertThat(passes("default/web", "default/client:80/TCP")).as("bad has no force").isTrue();
    assertThat(controller.lines()).extracting(PolicyLine::state).contains("refused", "enforced");
  }

  @Test
  void should_change_nothing_when_it_is_replaced_or_restarted() throws Exception {
    synced();
    apply(policy("{port: 80}"));
    apply(
        Texts.resource(
            """
            kind: NetworkPolicy
            metadata: {name: q}
            spec:
              podSelector: {}
              ingress: [{from: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{port: http}]}]
            """));
    start();
    List<Long> before = revisions();
    restart();
    assertThat(revisions()).isEqualTo(before);
  }

  @Test
  void should_write_the_same_rows_with_empty_tables_from_the_state_files_alone() throws Exception {
    synced();
    apply(policy("{port: 80}"));
    start();
    pod(3, "late", "web", 256);
    settle();
    Map<Integer, EndpointPolicy> before = new TreeMap<>();
    tables
        .table(WeirTables.ENDPOINT_POLICIES)
        .snapshot()
        .rows()
        .forEach(row -> before.put(row.key(), row.value()));
    controller.deactivate();
    endpointIdentities.remove(1);
    endpoints.remove(1);
    start();
    assertThat(tables.table(WeirTables.ENDPOINT_POLICIES).snapshot().get(3))
        .contains(before.get(3));
    assertThat(tables.table(WeirTables.ENDPOINT_POLICIES).snapshot().get(2))
        .contains(before.get(2));
  }

  @Test
  void should_write_policies_that_know_an_identity_before_an_endpoint_is_of_it() throws Exception {
    synced();
    apply(policy("{port: 80}"));
    start();
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    loops.add(
        tables.loop(
            "io.weir.test",
            List.of(WeirTables.ENDPOINT_POLICIES, WeirTables.COMPILED_POLICIES),
            inputs -> {
              for (Change<Integer, EndpointPolicy> change :
                  inputs.changes(WeirTables.ENDPOINT_POLICIES)) {
                change
                    .after()
                    .filter(
                        row -> !complete(row, inputs.snapshot(WeirTables.COMPILED_POLICIES)::get))
                    .ifPresent(row -> seen.add("too early: " + row));
              }
            }));
    for (int number = 300; number < 330; number++) {
      identity(number, "k8s:app", number % 2 == 0 ? "web" : "client-" + number);
      pod(2, "client", "web", number);
      settle();
    }
    assertThat(seen).isEmpty();
    assertThat(tables.table(WeirTables.ENDPOINT_POLICIES).snapshot().get(2))
        .hasValueSatisfying(row -> assertThat(row.identity()).isEqualTo(329));
  }

  private static boolean complete(
      EndpointPolicy row,
      java.util.function.Function<Integer, java.util.Optional<CompiledPolicy>> compiled) {
    return compiled
            .apply(row.ingressSlot())
            .filter(one -> one.identity() == row.identity())
            .isPresent()
        && compiled
            .apply(row.egressSlot())
            .filter(one -> one.identity() == row.identity())
            .isPresent();
  }

  @Test
  void should_warn_of_labels_that_identities_leave_out() throws Exception {
    resources.synced();
    endpoints.synced();
    apply(
        Texts.resource(
            """
            kind: Pod
            metadata: {name: web, labels: {app: web, pod-template-hash: x1}}
            """));
    apply(
        Texts.resource(
            """
            kind: NetworkPolicy
            metadata: {name: p}
            spec: {podSelector: {matchLabels: {pod-template-hash: x1}}}
            """));
    start();
    endpointIdentities.synced();
    settle();
    assertThat(
            tables
                .table(WeirTables.SOURCE_PROBLEMS)
                .snapshot()
                .get(new SourceProblem.Key("io.weir.policy", P.toString())))
        .hasValueSatisfying(
            problem ->
                assertThat(problem.warnings())
                    .extracting(one -> one.sentence())
                    .containsExactly(
                        "a.yaml:1: NetworkPolicy/default/p: spec: label pod-template-hash is no part"
                            + " of identities, so that no selector finds it; select by another"
                            + " label, or change the setting labels"));
  }

  @Test
  void should_say_which_file_is_broken() throws Exception {
    synced();
    start();
    controller.deactivate();
    Files.writeString(base.resolve("state/policy-last-good.json"), "[{");
    assertThatThrownBy(() -> new PolicyController(tables, settings, files(), new BootClock()))
        .isInstanceOf(ProblemException.class)
        .hasMessageStartingWith(
            "state/policy-last-good.json: expected policies, as Weir wrote them, got ");
  }

  @Test
  void should_take_settings_at_run_time() throws Exception {
    synced();
    start();
    assertThat(passes("default/client", "default/web:80/TCP")).isTrue();
    set("enable-policy", "always");
    assertThat(passes("default/client", "default/web:80/TCP")).isFalse();
    set("policy-audit-mode", "true");
    assertThat(passes("default/client", "default/web:80/TCP")).isTrue();
  }

  private void set(String key, String value) throws Exception {
    Epoch<WeirTables.SettingSourceKey, SettingValue> epoch =
        tables.table(WeirTables.SETTINGS).write(new Owner("io.weir.test", key));
    epoch.set(
        Map.of(
            new WeirTables.SettingSourceKey(key, "configmap"),
            new SettingValue(key, value, "configmap")));
    settle();
  }

  private void synced() {
    resources.synced();
    endpoints.synced();
    endpointIdentities.synced();
    identities.synced();
  }

  private void start() throws Exception {
    controller = new PolicyController(tables, settings, files(), new BootClock());
    settle();
  }

  private void restart() throws Exception {
    controller.deactivate();
    start();
  }

  private StateFiles files() {
    return new StateDirectory(new StateFiles.Places("n1", base, base, base));
  }

  private void settle() throws Exception {
    assertThat(tables.settle(LONG)).as(() -> tables.unsettled().toString()).isTrue();
  }

  private void apply(Resource resource) {
    resources.put(resource.key(), resource);
  }

  private void identity(int number, String label, String value) {
    TreeMap<String, String> labels = new TreeMap<>(Map.of(label, value));
    if (number >= Identity.FIRST_POD) {
      labels.put("k8s:io.kubernetes.pod.namespace", "default");
    }
    identities.put(number, new Identity(number, labels));
  }

  private void pod(int id, String name, String app, int identity) {
    Resource pod =
        Texts.resource(
            """
            kind: Pod
            metadata: {name: %s, labels: {app: %s}}
            spec: {containers: [{ports: [{name: http, containerPort: 8080}]}]}
            """
                .formatted(name, app));
    resources.put(pod.key(), pod);
    endpoints.put(
        id,
        new Endpoint(
            id,
            "default",
            name,
            "c" + id,
            "eth0",
            "lxc" + id,
            id,
            "02:00:00:00:00:02",
            List.of(Address.parse("10.0.0." + id)),
            0));
    endpointIdentities.put(id, new EndpointIdentity(id, identity));
  }

  private static Resource policy(String port) {
    return Texts.resource(
        """
        kind: NetworkPolicy
        metadata: {name: p}
        spec: {podSelector: {matchLabels: {app: web}}, ingress: [{ports: [%s]}]}
        """
            .formatted(port));
  }

  private List<Status> statuses(ResourceKey key) {
    return List.copyOf(tables.table(WeirTables.RESOURCES).status(key).values());
  }

  private boolean passes(String from, String to) {
    Picture picture = Picture.of(tables);
    return Explanation.of(Question.parse(from, to, picture), picture).passes();
  }

  private List<Long> revisions() {
    return OUTPUTS.stream().map(id -> tables.table(id).snapshot().revision()).toList();
  }
}
