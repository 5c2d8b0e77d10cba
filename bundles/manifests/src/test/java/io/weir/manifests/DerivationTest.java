package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Endpoint;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DerivationTest {
  private static final List<Prefix> CIDRS =
      List.of(Prefix.parse("10.96.0.0/12"), Prefix.parse("fd10:96::/112"));
  private static final String SERVICE =
      Texts.service(
          "web",
          "selector: {app: web}, ipFamilyPolicy: PreferDualStack, ports: [{name: a, port: 80,"
              + " targetPort: http}, {name: b, port: 53, protocol: UDP}]");

  private final Derivation derivation = new Derivation("n1");

  @Test
  void slices_hold_the_pods_that_have_an_endpoint_by_family_and_resolved_ports() {
    Map<ResourceKey, Resource> written =
        Texts.all(
            SERVICE,
            Texts.pod("p1", "app: web", "{name: c, ports: [{name: http, containerPort: 8080}]}"),
            Texts.pod("p2", "app: web", "{name: c, ports: [{name: http, containerPort: 9090}]}"),
            Texts.pod("p3", "app: web", "{name: c}"),
            Texts.pod("p4", "app: other", "{name: c}"),
            Texts.pod("p5", "app: web", "{name: c, ports: [{name: http, containerPort: 8080}]}"));
    List<Resource> slices =
        slices(
            written,
            Texts.endpoint(1, "p1", "10.0.0.1", "fd00::1"),
            Texts.endpoint(2, "p2", "10.0.0.2"),
            Texts.endpoint(3, "p3", "10.0.0.3"),
            Texts.endpoint(4, "p4", "10.0.0.4"));
    assertThat(slices.stream().map(DerivationTest::summary))
        .containsExactlyInAnyOrder(
            "IPv4 [10.0.0.1] a:8080/TCP b:53/UDP",
            "IPv4 [10.0.0.2] a:9090/TCP b:53/UDP",
            "IPv4 [10.0.0.3] b:53/UDP",
            "IPv6 [fd00::1] a:8080/TCP b:53/UDP");
    assertThat(slices)
        .allSatisfy(
            slice -> {
              assertThat(slice.key().name()).matches("web-[a-z2-9]{5}");
              assertThat(slice.labels())
                  .containsEntry("kubernetes.io/service-name", "web")
                  .containsEntry("endpointslice.kubernetes.io/managed-by", "weir");
            });
    assertThat(Body.structs(slices.get(0).body(), "endpoints").get(0))
        .containsEntry("nodeName", "n1")
        .containsEntry("conditions", Map.of("ready", true, "serving", true, "terminating", false));
  }

  @Test
  void a_pod_that_has_ended_is_in_no_slice() {
    String ended = Texts.pod("p1", "app: web", "{name: c}") + "status: {phase: Succeeded}\n";
    assertThat(slices(Texts.all(SERVICE, ended), Texts.endpoint(1, "p1", "10.0.0.1"))).isEmpty();
  }

  @Test
  void a_headless_service_has_slices_and_host_names() {
    String pod =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: p1, labels: {app: web}}
        spec: {hostname: zero, subdomain: web, containers: [{name: c}]}
        """;
    List<Resource> slices =
        slices(
            Texts.all(
                Texts.service("web", "clusterIP: None, selector: {app: web}, ports: [{port: 80}]"),
                pod),
            Texts.endpoint(1, "p1", "10.0.0.1"));
    assertThat(slices).hasSize(1);
    assertThat(Body.structs(slices.get(0).body(), "endpoints").get(0))
        .containsEntry("hostname", "zero");
  }

  @Test
  void a_service_without_selector_has_the_slices_that_are_written() {
    String slice =
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: mine, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        endpoints: [{addresses: [192.0.2.1]}]
        ports: [{port: 80}]
        """;
    Map<ResourceKey, Resource> written =
        Texts.all(Texts.service("web", "ports: [{port: 80}]"), slice);
    assertThat(slices(written)).extracting(r -> r.key().name()).containsExactly("mine");
  }

  @Test
  void every_namespace_that_is_named_is_there_and_labelled_with_its_name() {
    Map<ResourceKey, Resource> rows =
        derive(
                Texts.all(
                    Texts.namespace("a"),
                    Texts.pod("p", "", "{name: c}").replace("name: p,", "name: p, namespace: b,")))
            .rows();
    assertThat(rows.values().stream().filter(r -> r.key().kind().equals("Namespace")))
        .extracting(r -> r.key().name() + r.labels())
        .containsExactlyInAnyOrder(
            "a{kubernetes.io/metadata.name=a}",
            "b{kubernetes.io/metadata.name=b}",
            "default{kubernetes.io/metadata.name=default}");
  }

  @Test
  void a_written_pod_wins_over_a_derived_one_of_the_same_name() {
    String deployment = Texts.deployment("web", 1, "i");
    String name = Workloads.expand(Texts.only(deployment)).get(1).key().name();
    var result = derive(Texts.all(deployment, Texts.pod(name, "a: b", "{name: c}")));
    assertThat(result.rows().get(Texts.key("Pod", name)).labels()).isEqualTo(Map.of("a", "b"));
    assertThat(Texts.sentences(result.refused().values()))
        .containsExactly(
            "a.yaml:1: Deployment/default/web: expected no other Pod/default/"
                + name
                + ", got one written in a.yaml; give that one another name");
  }

  @Test
  void a_service_that_cannot_have_its_address_stays_as_it_was() {
    var first = derive(Texts.all(Texts.service("web", "ports: [{port: 80}]")));
    Resource before = first.rows().get(Texts.key("Service", "web"));
    var second =
        derivation.derive(
            new Derivation.Input(
                Texts.all(
                    Texts.service("web", "ports: [{port: 81}], clusterIP: 10.1.1.1"),
                    Texts.service("new", "ports: [{port: 81}], clusterIP: 10.1.1.1")),
                List.of(),
                CIDRS,
                first.held(),
                first.rows()));
    assertThat(second.rows().get(Texts.key("Service", "web"))).isEqualTo(before);
    assertThat(second.rows()).doesNotContainKey(Texts.key("Service", "new"));
    assertThat(second.held()).isEqualTo(first.held());
    assertThat(second.refused()).hasSize(2);
  }

  @Test
  void the_same_input_gives_equal_rows() {
    String[] documents = {SERVICE, Texts.deployment("web", 3, "i"), Texts.namespace("x")};
    var first = derive(Texts.all(documents));
    var second =
        new Derivation("n1")
            .derive(
                new Derivation.Input(
                    Texts.all(documents), List.of(), CIDRS, first.held(), Map.of()));
    assertThat(second.rows()).isEqualTo(first.rows());
  }

  private Derivation.Result derive(Map<ResourceKey, Resource> written, Endpoint... endpoints) {
    return derivation.derive(
        new Derivation.Input(written, List.of(endpoints), CIDRS, Map.of(), Map.of()));
  }

  private List<Resource> slices(Map<ResourceKey, Resource> written, Endpoint... endpoints) {
    return derive(written, endpoints).rows().values().stream()
        .filter(row -> row.key().kind().equals("EndpointSlice"))
        .toList();
  }

  private static String summary(Resource slice) {
    StringBuilder text = new StringBuilder(Body.text(slice.body(), "addressType", ""));
    Body.structs(slice.body(), "endpoints")
        .forEach(e -> text.append(' ').append(e.get("addresses")));
    Body.structs(slice.body(), "ports")
        .forEach(
            p ->
                text.append(' ')
                    .append(p.get("name"))
                    .append(':')
                    .append(p.get("port"))
                    .append('/')
                    .append(p.get("protocol")));
    return text.toString();
  }
}
