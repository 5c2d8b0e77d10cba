package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.weir.itests.testing.NeedsRoot;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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
  void should_find_the_uplink_and_say_who_talks_with_whom_by_it() {
    assertThat(lab.rows("table", "uplinks"))
        .extracting(Object::toString)
        .singleElement()
        .asString()
        .contains("uplink", NODE4, NODE6);
    answer("path/client", OUTSIDE.get(0));
    answer("path/client", "2001:db8::10");
    List<JsonObject> talks =
        lab.rows("nat").stream()
            .filter(row -> row.get("pod").getAsString().equals("path/client"))
            .toList();
    assertThat(talks)
        .extracting(row -> row.get("destination").getAsString())
        .contains("203.0.113.10:80/TCP", "[2001:db8::10]:80/TCP");
    assertThat(talks).allSatisfy(row -> assertThat(row.get("ports").getAsInt()).isEqualTo(10_000));
    assertThat(lab.on("n1", "nft", "list", "ruleset")).as("nftables has no part in it").isEmpty();
  }

  @Test
  void should_show_the_world_the_pods_own_address_where_a_setting_says_so() {
    String own = sameFamily(OUTSIDE.get(0), lab.addresses("path/client"));
    String config = "/var/lib/weir/%s/etc/io.weir.cfg".formatted(lab.engine());
    lab.on("n1", "sh", "-c", "echo non-masquerade-cidrs=203.0.113.0/24 >>" + config);
    try {
      until(() -> answer("path/client", OUTSIDE.get(0)).contains("\"client\": \"" + own + "\""));
      assertThat(answer("path/client", "2001:db8::10")).contains("\"client\": \"" + NODE6 + "\"");
    } finally {
      lab.on("n1", "sed", "-i", "/^non-masquerade-cidrs=/d", config);
    }
    until(() -> answer("path/client", OUTSIDE.get(0)).contains("\"client\": \"" + NODE4 + "\""));
  }

  @Test
  void should_show_traceroute_each_hop_from_a_pod() {
    for (String to : List.of("203.0.113.10", "2001:db8::10")) {
      String hops =
          lab.exec("path/client", "traceroute", "-I", "-n", "-q", "1", "-w", "2", "-m", "4", to);
      assertThat(hops.lines().toList()).as(hops).hasSize(3);
      assertThat(hops.lines().reduce("", (a, b) -> b)).contains(to);
    }
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

  /** Settings take effect when the file has been read. */
  private static void until(BooleanSupplier so) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!so.getAsBoolean()) {
      assertThat(System.nanoTime()).as("so within half a minute").isLessThan(deadline);
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
