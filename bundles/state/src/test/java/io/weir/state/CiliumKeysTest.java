package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Problem;
import io.weir.api.Setting;
import io.weir.api.row.SettingValue;
import io.weir.api.row.SourceProblem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CiliumKeysTest {
  private static final String CONFIG_MAP = "ConfigMap/kube-system/cilium-config";
  private static final Setting<String> CGROUP_ROOT = Setting.text("cgroup-root", "", "Where.");

  private final SettingsBook book = new SettingsBook();

  CiliumKeysTest() {
    List<Setting<?>> ours = new ArrayList<>(List.of(CGROUP_ROOT));
    for (String key :
        List.of(
            "enable-ipv4",
            "enable-ipv6",
            "enable-policy",
            "enable-ipv4-masquerade",
            "enable-ipv6-masquerade",
            "enable-tcx",
            "cluster-name",
            "identity-heartbeat-timeout",
            "policy-cidr-match-mode")) {
      ours.add(Setting.text(key, "", "Ours."));
    }
    book.declare("io.weir.test", ours);
  }

  @Test
  void should_know_every_key_of_a_config_map_as_cilium_installs_it() throws Exception {
    List<SettingValue> values = defaults();
    book.read(values);
    assertThat(values).hasSizeGreaterThan(130);
    assertThat(book.unknown())
        .filteredOn(unknown -> unknown.effect() == SettingsBook.Effect.UNKNOWN)
        .isEmpty();
    assertThat(book.unknown()).allSatisfy(one -> assertThat(one.instead()).isNotBlank());
    assertThat(book.unknown().size()).isEqualTo(values.size() - book.keys().size() + 1);
  }

  @Test
  void should_warn_of_what_changes_where_packets_go_and_count_the_rest() throws Exception {
    book.read(defaults());
    List<String> warnings = warnings();
    assertThat(warnings).hasSize(3);
    assertThat(warnings.get(0))
        .isEqualTo(
            CONFIG_MAP
                + ": kube-proxy-replacement: \"false\": services are always handled by Weir; a kube-proxy beside it is not needed");
    assertThat(warnings.get(1)).startsWith(CONFIG_MAP + ": routing-mode: \"tunnel\": ");
    assertThat(warnings.get(2))
        .matches(
            CONFIG_MAP
                + ": 1\\d\\d keys of Cilium have no effect and need none; weir config list --unknown says what Weir does instead");
  }

  @Test
  void should_warn_of_values_that_would_change_what_is_enforced() {
    String[] dangerous = {
      "enable-k8s-networkpolicy=false",
      "enable-host-firewall=true",
      "enable-wireguard=true",
      "enable-ipsec=true",
      "encrypt-node=true",
      "enable-encryption-strict-mode=true",
      "enable-source-ip-verification=false",
      "enable-non-default-deny-policies=false",
      "enable-node-selector-labels=true",
      "policy-deny-response=icmp"
    };
    book.read(
        Stream.of(dangerous)
            .map(text -> text.split("="))
            .map(parts -> new SettingValue(parts[0], parts[1], CONFIG_MAP))
            .toList());
    assertThat(book.unknown())
        .hasSize(dangerous.length)
        .allSatisfy(
            one ->
                assertThat(one.effect())
                    .as(one.value().key())
                    .isEqualTo(SettingsBook.Effect.WARNING));
    assertThat(warnings()).hasSize(dangerous.length);
  }

  @Test
  void should_not_take_the_mount_that_only_cilium_makes() {
    book.read(List.of(new SettingValue("cgroup-root", "/run/cilium/cgroupv2", CONFIG_MAP)));
    assertThat(book.value(CGROUP_ROOT)).isEmpty();
    book.read(
        List.of(
            new SettingValue("cgroup-root", "/run/cilium/cgroupv2", SettingsService.FILE),
            new SettingValue("cgroup-root", "/other", CONFIG_MAP)));
    assertThat(book.value(CGROUP_ROOT)).isEqualTo("/other");
  }

  @Test
  void should_name_twenty_strange_keys_and_count_the_others() {
    List<SettingValue> values = new ArrayList<>();
    for (int i = 100; i < 130; i++) {
      values.add(new SettingValue("strange-" + i, "x", CONFIG_MAP));
    }
    book.read(values);
    assertThat(warnings())
        .hasSize(21)
        .last()
        .isEqualTo(
            CONFIG_MAP
                + ": 10 more keys that no bundle has; weir config list --unknown names them");
  }

  @Test
  void should_find_the_line_of_the_longest_beginning() {
    CiliumKeys keys = new CiliumKeys("a-* | * | short\na-b-* | x | long\na-b-c | - | exact\n");
    assertThat(keys.find("a-z").orElseThrow().what()).isEqualTo("short");
    assertThat(keys.find("a-b-z").orElseThrow().what()).isEqualTo("long");
    assertThat(keys.find("a-b-c").orElseThrow().what()).isEqualTo("exact");
    assertThat(keys.find("b")).isEmpty();
    assertThatThrownBy(() -> new CiliumKeys("a | *\n"))
        .hasMessage("expected KEY | VALUES | WHAT, got \"a | *\"");
    assertThatThrownBy(() -> new CiliumKeys("a | * | x\na | * | y\n"))
        .hasMessage("expected each key once, got a again");
  }

  private List<String> warnings() {
    return book
        .sourceProblems()
        .get(new SourceProblem.Key("io.weir.state", CONFIG_MAP))
        .warnings()
        .stream()
        .map(Problem::sentence)
        .toList();
  }

  private static List<SettingValue> defaults() throws Exception {
    try (var in = CiliumKeysTest.class.getResourceAsStream("cilium-defaults.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 2))
          .map(words -> new SettingValue(words[0], words.length > 1 ? words[1] : "", CONFIG_MAP))
          .toList();
    }
  }
}
