package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node still has when its engine starts again, and what files do while it runs. */
@Timeout(120)
class RestartTest {
  private static final String WEB =
      Texts.service("web", "ipFamilyPolicy: RequireDualStack, ports: [{port: 80}]");

  @TempDir Path base;

  @Test
  void should_follow_the_files_of_the_directory() throws Exception {
    try (FakeNode node = new FakeNode(base).started()) {
      node.write("web.yaml", WEB);
      FakeNode.await(() -> node.row("Service", "web").isPresent());
      Files.delete(base.resolve("manifests/web.yaml"));
      FakeNode.await(() -> node.row("Service", "web").isEmpty());
    }
  }

  @Test
  void should_keep_addresses_of_both_families_though_the_blocks_are_others_now() throws Exception {
    List<String> before;
    try (FakeNode node = new FakeNode(base).started()) {
      node.apply(WEB, "-f", "-");
      before = clusterIps(node);
      assertThat(before).hasSize(2);
    }
    Map<String, Object> others = Map.of("service-cidr", "10.50.0.0/16,fd50::/112");
    try (FakeNode node = new FakeNode(base, others).started()) {
      assertThat(clusterIps(node)).isEqualTo(before);
      node.apply(WEB.replace("web", "new"), "-f", "-");
      assertThat(node.get("svc", "new").out()).contains("10.50.");
    }
  }

  @Test
  void should_obey_the_config_map_of_cilium() throws Exception {
    String config =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: cilium-config, namespace: kube-system}
        data: {service-cidr: 10.50.0.0/16}
        """;
    try (FakeNode node = new FakeNode(base).started()) {
      assertThat(node.apply(config, "-f", "-").code()).isZero();
      node.apply(Texts.service("web", "ports: [{port: 80}]"), "-f", "-");
      assertThat(clusterIps(node)).singleElement().asString().startsWith("10.50.");
    }
  }

  @Test
  void should_keep_what_was_applied_as_it_was() throws Exception {
    Resource before;
    try (FakeNode node = new FakeNode(base).started()) {
      node.apply("# a comment\n---\n" + Texts.policy("rule", "80"), "-f", "-");
      before = node.row("CiliumNetworkPolicy", "rule").orElseThrow();
      assertThat(before.origin().line()).isEqualTo(3);
    }
    try (FakeNode node = new FakeNode(base).started()) {
      assertThat(node.row("CiliumNetworkPolicy", "rule")).contains(before);
    }
  }

  @Test
  void should_keep_the_last_good_version_of_a_file_that_was_spoilt_meanwhile() throws Exception {
    Resource before;
    try (FakeNode node = new FakeNode(base).started()) {
      node.write("rule.yaml", Texts.policy("rule", "80"));
      FakeNode.await(() -> node.row("CiliumNetworkPolicy", "rule").isPresent());
      before = node.row("CiliumNetworkPolicy", "rule").orElseThrow();
      node.write("rule.yaml", Texts.policy("rule", "http!"));
      FakeNode.await(() -> !refusals(node).isEmpty());
    }
    try (FakeNode node = new FakeNode(base).started()) {
      FakeNode.await(() -> !refusals(node).isEmpty());
      assertThat(refusals(node))
          .containsExactly(
              "rule.yaml:6: CiliumNetworkPolicy/default/rule:"
                  + " spec.ingress[0].toPorts[0].ports[0].port: expected a port number or name,"
                  + " got \"http!\"; its last good version stays in force");
      assertThat(node.row("CiliumNetworkPolicy", "rule")).contains(before);
    }
  }

  /** Letters of Turkish, digits of Arabic: what is printed and kept has neither. */
  @Test
  void should_mean_the_same_under_every_locale() throws Exception {
    String all = WEB + "---\n" + Texts.policy("rule", "80") + "---\n" + slice();
    Locale usual = Locale.getDefault();
    FakeNode.Ended applied;
    List<String> addresses;
    try {
      try (FakeNode node = new FakeNode(base.resolve("usual")).started()) {
        applied = node.apply(all, "-f", "-");
        addresses = clusterIps(node);
      }
      for (String language : List.of("tr-TR", "ar-EG-u-nu-arab")) {
        Locale.setDefault(Locale.forLanguageTag(language));
        try (FakeNode node = new FakeNode(base.resolve(language)).started()) {
          assertThat(node.apply(all, "-f", "-")).as(language).isEqualTo(applied);
          assertThat(clusterIps(node)).as(language).isEqualTo(addresses);
        }
      }
    } finally {
      Locale.setDefault(usual);
    }
  }

  private static String slice() {
    return """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: mine, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        endpoints: [{addresses: [192.0.2.1]}]
        ports: [{port: 80}]
        """;
  }

  private static List<String> clusterIps(FakeNode node) {
    Resource web = node.row("Service", "web").orElseThrow();
    return Body.texts(Body.fields(web.body(), "spec"), "clusterIPs");
  }

  private static List<String> refusals(FakeNode node) {
    return node.tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows().stream()
        .map(row -> row.value())
        .map(SourceProblem::refusals)
        .flatMap(List::stream)
        .map(Problem::sentence)
        .toList();
  }
}
