package io.weir.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.Resource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceSpecTest {
  private static final List<Address> BOTH =
      List.of(Address.parse("10.96.0.1"), Address.parse("fd10:96::1"));

  @Test
  void should_have_the_addresses_of_both_families() {
    assertThat(
            addresses("clusterIP", "10.96.0.1", "clusterIPs", List.of("10.96.0.1", "fd10:96::1")))
        .isEqualTo(BOTH);
  }

  @Test
  void should_take_the_one_address_where_there_is_no_list() {
    assertThat(addresses("clusterIP", "10.96.0.1")).isEqualTo(BOTH.subList(0, 1));
  }

  @Test
  void should_have_no_address_when_headless_external_or_not_yet_given_one() {
    assertThat(addresses("clusterIP", "None", "clusterIPs", List.of("None"))).isEmpty();
    assertThat(addresses("type", "ExternalName", "clusterIP", "10.96.0.1")).isEmpty();
    assertThat(addresses()).isEmpty();
  }

  @Test
  void should_leave_a_service_to_the_proxy_that_it_names() {
    assertThat(
            ServiceSpec.of(
                    Some.service(
                        "web",
                        Map.of("service.kubernetes.io/service-proxy-name", "other"),
                        Map.of(),
                        "clusterIP",
                        "10.96.0.1"))
                .addresses())
        .isEmpty();
  }

  @Test
  void should_speak_tcp_and_have_no_name_where_nothing_else_is_written() {
    Resource service = Some.service("web", "ports", List.of(Map.of("port", 80L)));
    assertThat(ServiceSpec.of(service).ports())
        .containsExactly(new ServiceSpec.Port(0, "", 80, Protocol.TCP));
  }

  private static List<Address> addresses(Object... spec) {
    return ServiceSpec.of(Some.service("web", spec)).addresses();
  }
}
