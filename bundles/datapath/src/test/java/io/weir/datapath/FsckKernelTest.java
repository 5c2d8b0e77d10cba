package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Owner;
import io.weir.datapath.FsckNode.Said;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.linux.Bpf.ClsactHook;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfMap;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel is damaged behind the engine's back; fsck names what, and repairs it. */
@NeedsRoot
@NeedsKernel({"veth", "tcx"})
class FsckKernelTest {
  private FsckNode node;

  @BeforeEach
  void open() {
    node = new FsckNode(Interfaces.Way.TCX);
    assertClean();
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void assertClean() {
    Said said = node.fsck();
    assertThat(said.out() + said.err()).isEqualTo("clean\n");
    assertThat(said.code()).isZero();
  }

  /** That exactly these are told, repaired, and not there any more. */
  private void assertMended(String... what) {
    Said told = node.fsck();
    assertThat(told.code()).as(told.out() + told.err()).isEqualTo(1);
    assertThat(told.what().subList(0, told.what().size() - 1))
        .as(told.out())
        .containsExactlyInAnyOrder(what);
    assertThat(told.out()).endsWith(" 0 repaired\n").contains("  not repaired\n");

    Said repaired = node.fsck("--repair");
    assertThat(repaired.code()).as(repaired.err()).isEqualTo(1);
    assertThat(repaired.out())
        .endsWith(" " + what.length + " repaired\n")
        .doesNotContain("not repaired");
    assertClean();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "endpoints",
        "addresses",
        "prefixes",
        "netns",
        "policy_classes",
        "policy_rules",
        "services",
        "uplinks",
        "unmasqueraded"
      })
  void should_name_and_mend_an_entry_that_is_missing(String name) {
    Map<Bytes, byte[]> before = node.entries(name);
    Bytes key = before.keySet().iterator().next();
    try (BpfMap map = node.map(name)) {
      assertThat(map.delete(key.array())).isTrue();
    }
    assertThat(node.fsck().out()).contains("  found     nothing\n");
    assertMended(node.fsck().what().get(0));
    assertSame(node.entries(name), before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config",
        "endpoints",
        "addresses",
        "prefixes",
        "netns",
        "policy_slots",
        "policy_classes",
        "policy_rules",
        "services",
        "uplinks",
        "unmasqueraded",
        "masquerade"
      })
  void should_name_and_mend_an_entry_that_is_another(String name) {
    Map<Bytes, byte[]> before = node.entries(name);
    Map.Entry<Bytes, byte[]> entry = before.entrySet().iterator().next();
    byte[] other = entry.getValue().clone();
    other[0] ^= 0x15;
    try (BpfMap map = node.map(name)) {
      map.update(entry.getKey().array(), other);
    }
    Said told = node.fsck();
    assertThat(told.what()).hasSize(2);
    assertThat(told.what().get(0)).startsWith(name);
    assertMended(told.what().get(0));
    if (!name.equals("services")) { // whose backends may have another place
      assertSame(node.entries(name), before);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "endpoints",
        "addresses",
        "prefixes",
        "netns",
        "policy_slots",
        "policy_classes",
        "policy_rules",
        "services",
        "uplinks",
        "unmasqueraded"
      })
  void should_name_and_take_away_an_entry_that_nobody_wants(String name) {
    Map<Bytes, byte[]> before = node.entries(name);
    Map.Entry<Bytes, byte[]> entry = before.entrySet().iterator().next();
    byte[] key = entry.getKey().array().clone();
    // A prefix begins with its length, and what lies behind that does not count.
    int at = name.equals("prefixes") || name.equals("unmasqueraded") ? 0 : key.length - 1;
    key[name.equals("policy_slots") ? 0 : at] ^= 0x40;
    if (at == 0 && key.length > Integer.BYTES) {
      Arrays.fill(key, 0, Integer.BYTES, (byte) 0);
      key[0] = 3;
    }
    byte[] value = entry.getValue().clone();
    try (BpfMap map = node.map(name)) {
      map.update(key, value);
    }
    Said told = node.fsck();
    assertThat(told.out()).contains("  expected  nothing\n");
    assertMended(told.what().get(0));
    assertThat(node.entries(name).keySet()).isEqualTo(before.keySet());
  }

  @Test
  void should_speak_in_the_words_of_the_field() {
    try (BpfMap map = node.map("endpoints")) {
      map.delete(Revisions.word(node.pod));
    }
    assertThat(node.fsck().out())
        .isEqualTo(
            """
            endpoints ifindex %1$d (default/web)
              expected  id 1, ifindex %1$d, identity 1001, slots 4 and 5, ready, \
            02:00:00:00:01:01, 10.0.0.2 fd00:10::2
              found     nothing
              not repaired
            1 difference, 0 repaired
            """
                .formatted(node.pod));
    var row =
        JsonParser.parseString(node.fsck("--repair", "-o", "json").out())
            .getAsJsonArray()
            .get(0)
            .getAsJsonObject();
    assertThat(row.get("what").getAsString())
        .isEqualTo("endpoints ifindex " + node.pod + " (default/web)");
    assertThat(row.get("found").getAsString()).isEqualTo("nothing");
    assertThat(row.get("repaired").getAsBoolean()).isTrue();
    assertThat(node.fsck("-o", "json").out()).isEqualTo("[]\n");
  }

  @Test
  void should_name_a_backend_that_is_another() {
    try (BpfMap map = node.map("backends")) {
      byte[] backend = map.lookup(Revisions.word(0)).orElseThrow();
      backend[15] = 9;
      map.update(Revisions.word(0), backend);
    }
    assertThat(node.fsck().out())
        .contains("  expected  service 3 with 10.0.0.2:8080\n")
        .contains("  found     service 3 with 10.0.0.9:8080\n");
    assertMended("services 10.96.0.10:80 protocol 6 (default/web)");
  }

  @Test
  void should_have_live_flows_decided_anew_when_it_has_repaired() {
    int egress = node.revision(FsckNode.EGRESS);
    int ingress = node.revision(FsckNode.INGRESS);
    assertThat(node.fsck("--repair").code()).isZero();
    assertThat(node.revision(FsckNode.INGRESS)).as("nothing was repaired").isEqualTo(ingress);
    try (BpfMap map = node.map("prefixes")) {
      map.delete(node.entries("prefixes").keySet().iterator().next().array());
    }
    assertThat(node.fsck("--repair").code()).isEqualTo(1);
    assertThat(node.revision(FsckNode.EGRESS)).isGreaterThan(egress);
    assertThat(node.revision(FsckNode.INGRESS)).isGreaterThan(ingress);
  }

  @ParameterizedTest
  @ValueSource(strings = {"from_pod", "to_pod"})
  void should_name_and_attach_a_link_that_is_detached_or_gone(String program) {
    Path pin = node.root.resolve("interfaces/tcx-" + node.pod + "/" + program);
    detach(pin);
    assertThat(node.fsck().out()).contains("a link that is detached");
    assertMended(program + " on ifindex " + node.pod + " (default/web)");
    Pins.delete(pin);
    assertMended(program + " on ifindex " + node.pod + " (default/web)");
    assertThat(attached(node.pod, pin)).isTrue();
  }

  @Test
  void should_name_and_attach_an_uplinks_link() {
    detach(node.root.resolve("uplinks/tcx-" + node.uplink + "/to_uplink"));
    assertMended("to_uplink on ifindex " + node.uplink + " (up1)");
  }

  @Test
  void should_name_and_attach_a_sockets_link() {
    detach(node.root.resolve("sockets/connect4"));
    assertMended("connect4 on cgroup " + node.cgroup.path());
    Pins.delete(node.root.resolve("sockets/sendmsg6"));
    assertMended("sendmsg6 on cgroup " + node.cgroup.path());
  }

  @Test
  void should_name_a_program_of_an_interface_that_is_no_pods() {
    Path pins = Pins.directory(node.root.resolve("interfaces/tcx-99999"));
    assertMended("pin " + pins);
    assertThat(pins).doesNotExist();
  }

  @Test
  void should_name_a_filter_that_is_gone_where_there_is_no_tcx() {
    node.close();
    node = new FsckNode(Interfaces.Way.CLSACT);
    assertClean();
    inNode(() -> node.linux.bpf().detachFromClsact(new ClsactHook(node.pod, true, 1, 1)));
    assertMended("from_pod on ifindex " + node.pod + " (default/web)");
    Pins.delete(node.root.resolve("interfaces/clsact-" + node.pod + "/to_pod"));
    assertMended("to_pod on ifindex " + node.pod + " (default/web)");
  }

  @Test
  void should_name_and_make_a_map_whose_pin_is_gone() {
    Pins.delete(node.pin("services"));
    assertMended("pin " + node.pin("services"));
  }

  /** A policy that allows all has no entry but that of its slot. */
  @Test
  void should_leave_no_slot_behind_that_was_given_up_while_the_engine_was_dead() {
    try (BpfMap map = node.map("policy_slots")) {
      byte[] open = map.lookup(Revisions.word(FsckNode.EGRESS)).orElseThrow();
      map.update(Revisions.word(40), open);
    }
    assertThat(node.fsck().what()).contains("policy_slots slot 40");
    node.restart();
    assertClean();
  }

  @Test
  void should_not_look_while_a_table_is_not_known() {
    node.tables.table(WeirTables.PREFIX_IDENTITIES).write(Owner.of("io.weir.late"));
    Said said = node.fsck();
    assertThat(said.code()).isEqualTo(2);
    assertThat(said.err()).contains("table prefix-identities: expected the rows of all its owners");
  }

  @Test
  void should_refuse_words_that_it_does_not_know() {
    Said said = node.fsck("--mend");
    assertThat(said.code()).isEqualTo(2);
    assertThat(said.err()).contains("\"--mend\" is not understood", "fsck [--repair] [-o json]");
  }

  private void detach(Path pin) {
    try (BpfLink link = node.linux.bpf().findLink(pin).orElseThrow()) {
      link.detach();
    }
  }

  private boolean attached(int ifindex, Path pin) {
    try (BpfLink link = node.linux.bpf().findLink(pin).orElseThrow()) {
      return link.info().target() == ifindex;
    }
  }

  private void inNode(Runnable work) {
    node.linux
        .namespaces()
        .call(
            node.netns.path(),
            () -> {
              work.run();
              return null;
            });
  }

  private static void assertSame(Map<Bytes, byte[]> found, Map<Bytes, byte[]> expected) {
    assertThat(texts(found)).isEqualTo(texts(expected));
  }

  private static Map<Bytes, String> texts(Map<Bytes, byte[]> entries) {
    Map<Bytes, String> texts = new HashMap<>();
    entries.forEach((key, value) -> texts.put(key, EntryText.hex(value)));
    return texts;
  }
}
