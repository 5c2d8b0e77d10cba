package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** ClusterIPs as pods use them: by name and by address, both families, TCP and UDP. */
@NeedsRoot
@ExtendWith(SharedLab.class)
class ServicesLabKernelTest {
  private final Lab lab;

  ServicesLabKernelTest(Lab lab) {
    this.lab = lab;
  }

  @BeforeAll
  static void pods(Lab lab) {
    lab.apply(
        Yaml.namespace("svc")
            + Yaml.shell("svc", "client", "app: client")
            + Yaml.echo("svc", "web-a", "app: web")
            + Yaml.echo("svc", "web-b", "app: web")
            + Yaml.service("svc", "web", "app: web")
            + Yaml.service("svc", "nobody", "app: nobody"));
  }

  @Test
  void should_answer_by_name() {
    assertThat(curl("http://web.svc.svc.cluster.local/").code()).isZero();
    assertThat(curl("http://web/").out()).contains("\"hostname\": \"web-");
    assertThat(curl("http://nosuch.svc.svc.cluster.local/").code()).isEqualTo(6);
  }

  @Test
  void should_reach_every_backend_over_both_families() {
    for (String address : lab.clusterIps("svc", "web")) {
      String url = "http://" + bracketed(address) + "/[1-30]";
      Set<String> hosts = new TreeSet<>();
      String answers =
          lab.exec("svc/client", "curl", "-s", "--max-time", "5", "-H", "Connection: close", url);
      answers
          .lines()
          .forEach(line -> hosts.add(line.replaceAll(".*\"hostname\": \"([^\"]*)\".*", "$1")));

      assertThat(hosts).as(address).containsExactly("web-a", "web-b");
    }
  }

  @Test
  void should_answer_datagrams_over_both_families() {
    for (String address : lab.clusterIps("svc", "web")) {
      assertThat(datagram("connected", address).out()).isEqualTo(address + " 80 hello\n");
      assertThat(datagram("unconnected", address).out()).isEqualTo(address + " 80 hello\n");
    }
  }

  @Test
  void should_refuse_at_once_where_there_are_no_backends() {
    for (String address : lab.clusterIps("svc", "nobody")) {
      Run.Ended ended = curl("http://" + bracketed(address) + "/");

      assertThat(ended.code()).as(address + ": " + ended.told()).isEqualTo(7);
    }
  }

  @Test
  void should_answer_the_node_itself() {
    for (String address : lab.clusterIps("svc", "web")) {
      Run.Ended ended =
          lab.tryOn("n1", "curl", "-sS", "--max-time", "3", "http://" + bracketed(address) + "/");

      assertThat(ended.out()).as(ended.told()).contains("\"hostname\": \"web-");
    }
  }

  @Test
  void should_send_no_new_connection_to_a_backend_that_has_gone() {
    lab.apply(
        Yaml.echo("svc", "left", "app: pair")
            + Yaml.echo("svc", "right", "app: pair")
            + Yaml.service("svc", "pair", "app: pair"));
    try (Asking asking = Asking.start(lab, "svc/client", "http://pair/")) {
      lab.weir("delete", "pod", "left", "-n", "svc");
      asking.awaitMore(20);

      assertThat(asking.failures()).isEmpty();
    }
    lab.lab("delete", "pod", "right", "-n", "svc");
    assertThat(curl("http://pair/").code()).isEqualTo(7);
  }

  private Run.Ended curl(String url) {
    return lab.tryExec("svc/client", "curl", "-sS", "--max-time", "5", url);
  }

  /** A small client of ours, since the address that the answer seems to come from matters. */
  private Run.Ended datagram(String how, String address) {
    Path classes =
        Path.of(Datagram.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    return lab.tryExec(
        "svc/client",
        Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "-Xshare:auto",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        classes.toString(),
        Datagram.class.getName(),
        how,
        address,
        "80");
  }

  static String bracketed(String address) {
    return address.contains(":") ? "[" + address + "]" : address;
  }

  static List<String> families(List<String> addresses) {
    return addresses.stream().map(ServicesLabKernelTest::bracketed).toList();
  }
}
