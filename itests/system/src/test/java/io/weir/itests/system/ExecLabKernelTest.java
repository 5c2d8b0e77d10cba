package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@NeedsRoot
@ExtendWith(SharedLab.class)
class ExecLabKernelTest {
  private final Lab lab;

  ExecLabKernelTest(Lab lab) {
    this.lab = lab;
  }

  @BeforeAll
  static void pods(Lab lab) {
    lab.apply(
        Yaml.namespace("run")
            + Yaml.shell("run", "ship", "app: ship")
            + """
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: fleet, namespace: run}
            spec:
              replicas: 2
              selector: {matchLabels: {app: fleet}}
              template:
                metadata: {labels: {app: fleet}}
                spec: {containers: [{name: main, image: weir.io/lab/shell}]}
            """);
  }

  @Test
  void should_exit_as_the_command_does() {
    assertThat(lab.tryExec("run/ship", "true").code()).isZero();
    assertThat(lab.tryExec("run/ship", "sh", "-c", "exit 42").code()).isEqualTo(42);
    assertThat(lab.tryExec("run/ship", "sh", "-c", "kill -9 $$").code()).isEqualTo(128 + 9);
    assertThat(lab.tryExec("run/ship", "no-such-program").code()).isEqualTo(127);
  }

  @Test
  void should_pass_standard_streams_through() {
    Run.Ended ended =
        lab.tryWeir("a line", "lab", "exec", "run/ship", "--", "sh", "-c", "cat; echo bad >&2");

    assertThat(ended.out()).isEqualTo("a line");
    assertThat(ended.err()).isEqualTo("bad\n");
  }

  @Test
  void should_run_in_the_pods_namespaces() {
    String address = lab.addresses("run/ship").get(0);

    assertThat(lab.exec("run/ship", "hostname")).isEqualTo("ship\n");
    assertThat(lab.exec("run/ship", "ip", "-br", "address", "show", "eth0")).contains(address);
    assertThat(lab.exec("run/ship", "cat", "/etc/resolv.conf"))
        .contains("search run.svc.cluster.local")
        .contains("nameserver " + lab.clusterIps("kube-system", "kube-dns").get(0));
  }

  @Test
  void should_find_a_pod_of_a_deployment() {
    String host = lab.exec("deploy/run/fleet", "hostname").strip();

    assertThat(host).startsWith("fleet-");
    assertThat(lab.lab("exec", "deploy/fleet", "-n", "run", "--", "hostname").strip())
        .isEqualTo(host);
  }

  @Test
  void should_say_which_pod_there_is_not() {
    Run.Ended ended = lab.tryExec("nobody", "true");

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .isEqualTo(
            "lab %s: expected one of its pods, got \"nobody\"; weir lab pods\n"
                .formatted(lab.name()));
  }

  @Test
  void should_ask_the_engine_of_the_node_it_is_on() {
    String version = lab.on("n1", "sh", "-c", "echo $WEIR_NODE; weir status >/dev/null; echo $?");

    assertThat(version).isEqualTo(lab.engine() + "\n0\n");
    assertThat(lab.on("n1", "ip", "-br", "link", "show", "uplink")).contains("uplink");
    assertThat(lab.tryOn("n9", "true").err())
        .isEqualTo("lab %s: expected one of its nodes, n1, got \"n9\"\n".formatted(lab.name()));
  }

  @Test
  void should_remove_the_pods_that_nobody_asks_for_any_more() {
    lab.apply(Yaml.shell("run", "doomed", "app: doomed"));
    List<String> addresses = lab.addresses("run/doomed");
    assertThat(lab.on("n1", "ip", "route", "get", addresses.get(0))).doesNotContain("uplink");

    lab.lab("delete", "pod", "doomed", "-n", "run");

    assertThat(lab.lab("pods")).doesNotContain("doomed");
    assertThat(lab.tryExec("run/doomed", "true").code()).isEqualTo(1);
    assertThat(lab.weir("endpoints")).doesNotContain("doomed");
  }
}
