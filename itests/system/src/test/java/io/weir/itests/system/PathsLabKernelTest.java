package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where packets go besides from pod to pod: node, world, and back. */
@NeedsRoot
@ExtendWith(SharedLab.class)
class PathsLabKernelTest {
  private static final String NODE4 = "172.30.0.11";
  private static final String NODE6 = "fd30::11";
  private static final List<String> OUTSIDE = List.of("203.0.113.10", "[2001:db8::10]");

  private final Lab lab;

  PathsLabKernelTest(Lab lab) {
    this.lab = lab;
  }

  @BeforeAll
  static void pods(Lab lab) {
    lab.apply(
        Yaml.namespace("path")
            + Yaml.shell("path", "client", "app: client")
            + Yaml.echo("path", "server", "app: server")
            + Yaml.echo("path", "closed", "app: closed")
            + """
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: nothing-in, namespace: path}
            spec:
              podSelector: {matchLabels: {app: closed}}
              policyTypes: [Ingress]
            """);
  }

  @Test
  void should_lead_from_pod_to_pod() {
    for (String address : lab.addresses("path/server")) {
      assertThat(answer("path/client", address))
          .contains("\"client\": \"" + sameFamily(address, lab.addresses("path/client")));
    }
  }

  @Test
  void should_lead_outside_with_the_nodes_address_and_back() {
    assertThat(answer("path/client", OUTSIDE.get(0))).contains("\"client\": \"" + NODE4 + "\"");
    assertThat(answer("path/client", "2001:db8::10")).contains("\"client\": \"" + NODE6 + "\"");
  }

  @Test
  void should_let_the_node_in_whatever_the_policy() {
    for (String address : lab.addresses("path/closed")) {
      Run.Ended ended = lab.tryOn("n1", "curl", "-sS", "--max-time", "3", url(address));

      assertThat(ended.out()).as(ended.told()).contains("\"hostname\": \"closed\"");
    }
  }

  @Test
  void should_let_the_world_in_only_where_no_policy_says_otherwise() {
    for (String address : lab.addresses("path/server")) {
      Run.Ended ended = lab.tryOn("world", "curl", "-sS", "--max-time", "3", url(address));
      assertThat(ended.out()).as(ended.told()).contains("\"hostname\": \"server\"");
    }
    for (String address : lab.addresses("path/closed")) {
      Run.Ended ended = lab.tryOn("world", "curl", "-sS", "--max-time", "2", url(address));
      assertThat(ended.code()).as(ended.told()).isEqualTo(28);
    }
  }

  @Test
  void should_lead_from_pod_to_node() {
    lab.on("n1", "sh", "-c", "weir-lab-server echo 8080 >/dev/null 2>&1 &");
    for (String address : List.of(NODE4, NODE6)) {
      String url = "http://" + ServicesLabKernelTest.bracketed(address) + ":8080/";
      Run.Ended ended =
          lab.tryExec(
              "path/client",
              "curl",
              "-sS",
              "--retry",
              "5",
              "--retry-connrefused",
              "--max-time",
              "3",
              url);

      assertThat(ended.out())
          .as(ended.told())
          .contains("\"client\": \"" + sameFamily(address, lab.addresses("path/client")));
    }
  }

  @Test
  void should_shut_out_a_pod_that_lies_about_its_address() {
    String own = lab.addresses("path/client").get(0);
    String others = lab.addresses("path/closed").get(0);
    String server = lab.addresses("path/server").get(0);
    lab.exec("path/client", "ip", "address", "add", others + "/32", "dev", "lo");
    try {
      Run.Ended ended =
          lab.tryExec(
              "path/client", "curl", "-sS", "--max-time", "2", "--interface", others, url(server));

      assertThat(ended.code()).as(ended.told()).isEqualTo(28);
      assertThat(lab.exec("path/client", "curl", "-s", "--interface", own, url(server)))
          .contains("\"hostname\": \"server\"");
    } finally {
      lab.exec("path/client", "ip", "address", "del", others + "/32", "dev", "lo");
    }
  }

  private String answer(String pod, String address) {
    return Lab.must(lab.tryExec(pod, "curl", "-sS", "--max-time", "3", url(address)));
  }

  private static String url(String address) {
    boolean bare = address.contains(":") && !address.startsWith("[");
    return "http://" + (bare ? "[" + address + "]" : address) + "/";
  }

  private static String sameFamily(String address, List<String> addresses) {
    return addresses.stream()
        .filter(other -> other.contains(":") == address.contains(":"))
        .findFirst()
        .orElseThrow();
  }
}
