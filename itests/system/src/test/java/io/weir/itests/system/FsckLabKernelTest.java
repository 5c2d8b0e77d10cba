package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.weir.itests.testing.NeedsRoot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The node's namespace and a pod's are damaged by ip(8); the engine says what, and repairs it. */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FsckLabKernelTest {
  private final Lab lab = new Lab("fsck");
  private String url;

  @BeforeAll
  void pods() {
    lab.up();
    lab.apply(
        Yaml.echo("default", "server", "app: server")
            + Yaml.shell("default", "client", "app: client"));
    url = "http://" + lab.addresses("default/server").get(0) + "/";
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void should_name_and_repair_what_is_wrong_with_a_pods_interface() {
    String address = lab.addresses("default/client").get(0);
    String device = device(address);
    lab.on("n1", "ip", "neighbour", "delete", address, "dev", device);
    lab.exec("client", "ip", "route", "delete", "default");
    lab.exec("client", "ip", "link", "set", "eth0", "mtu", "1280");
    assertThat(lab.reaches("client", url)).isFalse();

    List<String> expected = fsck(false, "fsck", "-o", "json");
    assertThat(expected)
        .hasSize(3)
        .anyMatch(text -> text.startsWith("permanent neighbour " + address + " at "))
        .anyMatch(text -> text.startsWith("a default route through "))
        .anyMatch(text -> text.startsWith("MTU "));

    assertThat(fsck(true, "fsck", "--repair", "-o", "json")).isEqualTo(expected);
    assertThat(lab.weir("fsck")).isEqualTo("clean\n");
    assertThat(lab.reaches("client", url)).isTrue();

    // The kernel forgets a device's neighbours with its address.
    lab.on("n1", "ip", "link", "set", device, "address", "02:00:00:00:00:77");
    assertThat(fsck(true, "fsck", "--repair", "-o", "json"))
        .singleElement()
        .asString()
        .startsWith("MAC address ");
    assertThat(lab.weir("fsck")).isEqualTo("clean\n");
    assertThat(lab.on("n1", "ip", "neighbour", "show", "dev", device))
        .contains(address + " lladdr ", " PERMANENT");
  }

  @Test
  void should_make_a_pair_anew_that_has_gone_and_take_one_away_that_nobody_has() {
    String device = device(lab.addresses("default/client").get(0));
    lab.on("n1", "ip", "link", "delete", device);
    lab.on("n1", "ip", "link", "add", "weir00000000000", "type", "veth", "peer", "name", "zz");
    assertThat(fsck(false, "fsck", "-o", "json")).contains("an interface that is up", "nothing");

    fsck(true, "fsck", "--repair", "-o", "json");
    assertThat(lab.weir("fsck")).isEqualTo("clean\n");
    assertThat(lab.reaches("client", url)).isTrue();
    assertThat(lab.on("n1", "ip", "-o", "link")).doesNotContain("weir00000000000");
  }

  private String device(String address) {
    String[] words = lab.on("n1", "ip", "route", "show", address).strip().split(" ");
    return words[2];
  }

  /** What is expected, of each row; exit code 1. */
  private List<String> fsck(boolean repaired, String... words) {
    Run.Ended ended = lab.tryWeir("", words);
    assertThat(ended.code()).as(ended.told()).isEqualTo(1);
    List<String> expected = new ArrayList<>();
    JsonArray rows = JsonParser.parseString(ended.out()).getAsJsonArray();
    for (JsonElement row : rows) {
      assertThat(row.getAsJsonObject().get("repaired").getAsBoolean())
          .as(row.toString())
          .isEqualTo(repaired);
      expected.add(row.getAsJsonObject().get("expected").getAsString());
    }
    return expected;
  }
}
