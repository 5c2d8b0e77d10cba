package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClusterIpsTest {
  private static final List<Prefix> BOTH =
      List.of(Prefix.parse("10.96.0.0/12"), Prefix.parse("fd10:96::/112"));
  private static final List<Prefix> TINY = List.of(Prefix.parse("10.96.0.0/30"));

  @Test
  void a_service_has_one_address_of_the_first_family() {
    Resource service = only(assign(BOTH, Map.of(), "ports: [{port: 80}]"));
    Map<String, Object> spec = Body.fields(service.body(), "spec");
    Address address = Address.parse(Body.text(spec, "clusterIP", ""));
    assertThat(BOTH.get(0).contains(address)).isTrue();
    assertThat(spec.get("clusterIPs")).isEqualTo(List.of(address.toString()));
    assertThat(spec.get("ipFamilies")).isEqualTo(List.of("IPv4"));
    assertThat(spec.get("ipFamilyPolicy")).isEqualTo("SingleStack");
    assertThat(spec.get("type")).isEqualTo("ClusterIP");
  }

  @Test
  void families_are_as_the_service_asks() {
    assertThat(families(BOTH, "ipFamilyPolicy: PreferDualStack")).isEqualTo("IPv4 IPv6");
    assertThat(families(BOTH, "ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6]"))
        .isEqualTo("IPv6 IPv4");
    assertThat(families(BOTH, "ipFamilies: [IPv6]")).isEqualTo("IPv6");
    assertThat(families(TINY, "ipFamilyPolicy: PreferDualStack")).isEqualTo("IPv4");
    assertThat(families(BOTH, "clusterIP: 'fd10:96::17'")).isEqualTo("IPv6");
    assertThat(families(BOTH, "clusterIP: None, ipFamilyPolicy: PreferDualStack"))
        .isEqualTo("IPv4 IPv6");
  }

  @Test
  void families_that_cannot_be_had_are_refused() {
    assertThat(refusal(TINY, "ipFamilyPolicy: RequireDualStack"))
        .isEqualTo(
            "a.yaml:4: Service/default/s0: spec.ipFamilyPolicy: expected a service-cidr of both"
                + " families, got IPv4");
    assertThat(refusal(TINY, "ipFamilies: [IPv6]"))
        .isEqualTo(
            "a.yaml:4: Service/default/s0: spec.ipFamilies: expected families of service-cidr:"
                + " IPv4, got IPv6");
    assertThat(refusal(BOTH, "ipFamilies: [IPv6], clusterIP: 10.96.0.9"))
        .isEqualTo(
            "a.yaml:4: Service/default/s0: spec.clusterIP: expected an address of IPv6, got IPv4");
    assertThat(refusal(BOTH, "ipFamilies: [IPv6, IPv4], ipFamilyPolicy: SingleStack"))
        .isEqualTo(
            "a.yaml:4: Service/default/s0: spec.ipFamilyPolicy: expected one family for"
                + " SingleStack, got IPv6, IPv4");
  }

  @Test
  void an_address_that_is_asked_for_is_given() {
    var outcome = assign(BOTH, Map.of(), "ports: [{port: 1}], clusterIP: 10.96.0.10");
    assertThat(outcome.held()).containsValue(List.of(Address.parse("10.96.0.10")));
  }

  @Test
  void an_address_of_another_block_is_refused() {
    assertThat(refusal(BOTH, "clusterIP: 10.1.2.3"))
        .isEqualTo(
            "a.yaml:4: Service/default/s0: spec.clusterIP: expected an address inside service-cidr"
                + " 10.96.0.0/12, got 10.1.2.3");
    assertThat(refusal(BOTH, "clusterIP: 10.96.0.0")).contains("inside service-cidr");
  }

  @Test
  void an_address_that_another_has_is_refused_and_the_holder_named() {
    var first = assign(BOTH, Map.of(), "ports: [{port: 1}]");
    String taken = first.held().values().iterator().next().get(0).toString();
    var second =
        assign(BOTH, first.held(), "ports: [{port: 1}]", "ports: [{port: 1}], clusterIP: " + taken);
    assertThat(Texts.sentences(second.refused().values()))
        .containsExactly(
            "a.yaml:9: Service/default/s1: spec.clusterIP: expected an address that is free, got "
                + taken
                + ", which Service/default/s0 has");
    assertThat(second.held()).isEqualTo(first.held());
  }

  @Test
  void who_asks_for_an_address_has_it_before_those_who_do_not_care() {
    List<Prefix> two = TINY;
    var outcome =
        assign(two, Map.of(), "ports: [{port: 1}]", "ports: [{port: 1}], clusterIP: 10.96.0.1");
    assertThat(outcome.refused()).isEmpty();
    assertThat(outcome.held().get(Texts.key("Service", "s1")))
        .isEqualTo(List.of(Address.parse("10.96.0.1")));
  }

  @Test
  void a_full_block_is_said_and_who_has_an_address_keeps_it() {
    var first = assign(TINY, Map.of(), "ports: [{port: 1}]", "ports: [{port: 1}]");
    assertThat(first.refused()).isEmpty();
    var second =
        assign(
            TINY, first.held(), "ports: [{port: 1}]", "ports: [{port: 1}]", "ports: [{port: 1}]");
    assertThat(Texts.sentences(second.refused().values()))
        .containsExactly(
            "a.yaml:14: Service/default/s2: spec.clusterIP: expected a free address in service-cidr"
                + " 10.96.0.0/30, got all of its 2 in use; delete a Service or set a wider"
                + " service-cidr");
    assertThat(second.held()).isEqualTo(first.held());
  }

  @Test
  void addresses_are_kept_while_the_block_changes() {
    var first = assign(BOTH, Map.of(), "ports: [{port: 1}], ipFamilyPolicy: PreferDualStack");
    List<Prefix> others = List.of(Prefix.parse("10.112.0.0/16"), Prefix.parse("fd11::/112"));
    var second =
        assign(others, first.held(), "ports: [{port: 1}], ipFamilyPolicy: PreferDualStack");
    assertThat(second.held()).isEqualTo(first.held());
  }

  @Test
  void what_a_service_no_longer_wants_is_free() {
    var first = assign(BOTH, Map.of(), "ports: [{port: 1}], ipFamilyPolicy: PreferDualStack");
    var single = assign(BOTH, first.held(), "ports: [{port: 1}]");
    assertThat(single.held().values().iterator().next())
        .isEqualTo(first.held().values().iterator().next().subList(0, 1));
    assertThat(assign(BOTH, first.held(), "ports: [{port: 1}], clusterIP: None").held()).isEmpty();
    assertThat(assign(BOTH, first.held(), "type: ExternalName, externalName: a.b").held())
        .isEmpty();
  }

  @Test
  void a_service_that_is_made_anew_has_its_old_address() {
    var first = assign(BOTH, Map.of(), "ports: [{port: 1}]");
    assertThat(assign(BOTH, Map.of(), "ports: [{port: 1}]").held()).isEqualTo(first.held());
  }

  @Test
  void a_block_is_given_out_to_its_last_address_and_none_twice() {
    List<Prefix> range = List.of(Prefix.parse("10.96.0.0/25"));
    String[] specs = new String[126];
    java.util.Arrays.fill(specs, "ports: [{port: 1}]");
    var outcome = assign(range, Map.of(), specs);
    assertThat(outcome.refused()).isEmpty();
    Set<Address> distinct = new HashSet<>();
    outcome.held().values().forEach(distinct::addAll);
    assertThat(distinct).hasSize(126).doesNotContain(Address.parse("10.96.0.0"));
  }

  private static ClusterIps.Assignment assign(
      List<Prefix> ranges, Map<ResourceKey, List<Address>> held, String... specs) {
    List<String> documents = new ArrayList<>();
    for (String spec : specs) {
      documents.add(Texts.service("s" + documents.size(), spec));
    }
    return ClusterIps.assign(Texts.all(documents.toArray(String[]::new)).values(), ranges, held);
  }

  private static Resource only(ClusterIps.Assignment outcome) {
    assertThat(Texts.sentences(outcome.refused().values())).isEmpty();
    assertThat(outcome.services()).hasSize(1);
    return outcome.services().values().iterator().next();
  }

  private static String families(List<Prefix> ranges, String spec) {
    Resource service = only(assign(ranges, Map.of(), "ports: [{port: 1}], " + spec));
    return String.join(" ", Body.texts(Body.fields(service.body(), "spec"), "ipFamilies"));
  }

  private static String refusal(List<Prefix> ranges, String spec) {
    var outcome = assign(ranges, Map.of(), "ports: [{port: 1}], " + spec);
    assertThat(outcome.refused()).hasSize(1);
    return outcome.refused().values().iterator().next().sentence();
  }
}
