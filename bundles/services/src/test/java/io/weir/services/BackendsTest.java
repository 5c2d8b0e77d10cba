package io.weir.services;

import static io.weir.services.Some.backend;
import static io.weir.services.Some.draining;
import static io.weir.services.Some.endpoint;
import static io.weir.services.Some.port;
import static io.weir.services.Some.ready;
import static io.weir.services.Some.slice;
import static io.weir.services.Some.unready;
import static io.weir.services.Some.webSlice;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Backend;
import io.weir.api.row.Resource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackendsTest {
  private static final Resource WEB = Some.web("web", "10.96.0.1");

  @Test
  void should_choose_those_that_are_ready() {
    assertThat(
            of(
                WEB,
                webSlice(
                    "s",
                    "web",
                    ready("10.0.0.2", "a"),
                    unready("10.0.0.3", "b"),
                    draining("10.0.0.4", "c"))))
        .containsExactly(backend("10.0.0.2", 8080, "default/a"));
  }

  @Test
  void should_choose_those_that_are_going_and_serve_where_none_is_ready() {
    assertThat(
            of(
                WEB,
                webSlice("s", "web", unready("10.0.0.3", "b"), draining("10.0.0.4", "c")),
                webSlice(
                    "t",
                    "web",
                    endpoint(
                        "10.0.0.5", "d", "ready", false, "serving", false, "terminating", true),
                    endpoint("10.0.0.6", "e", "ready", false, "serving", true))))
        .containsExactly(backend("10.0.0.4", 8080, "default/c"));
  }

  @Test
  void should_decide_on_draining_ones_for_each_port_on_its_own() {
    Resource both =
        Some.service(
            "web",
            "clusterIPs",
            List.of("10.96.0.1"),
            "ports",
            List.of(port("http", 80, "TCP"), port("admin", 81, "TCP")));
    Slice one =
        Slice.of(
                slice(
                    "s",
                    "web",
                    List.of(port("http", 8080, "TCP"), port("admin", 8081, "TCP")),
                    draining("10.0.0.2", "a")))
            .orElseThrow();
    Slice other =
        Slice.of(slice("t", "web", List.of(port("http", 8080, "TCP")), ready("10.0.0.3", "b")))
            .orElseThrow();
    ServiceSpec spec = ServiceSpec.of(both);
    assertThat(Backends.of(spec, spec.ports().get(0), false, List.of(one, other)))
        .containsExactly(backend("10.0.0.3", 8080, "default/b"));
    assertThat(Backends.of(spec, spec.ports().get(1), false, List.of(one, other)))
        .containsExactly(backend("10.0.0.2", 8081, "default/a"));
  }

  @Test
  void should_take_an_endpoint_without_conditions_as_ready() {
    assertThat(of(WEB, webSlice("s", "web", endpoint("10.0.0.2", "a"))))
        .containsExactly(backend("10.0.0.2", 8080, "default/a"));
  }

  @Test
  void should_choose_all_of_a_service_that_publishes_those_not_ready() {
    Resource open =
        Some.service(
            "web",
            "clusterIPs",
            List.of("10.96.0.1"),
            "publishNotReadyAddresses",
            true,
            "ports",
            List.of(port("", 80, "TCP")));
    assertThat(of(open, webSlice("s", "web", unready("10.0.0.3", "b"), ready("10.0.0.2", "a"))))
        .containsExactly(
            backend("10.0.0.2", 8080, "default/a"), backend("10.0.0.3", 8080, "default/b"));
  }

  @Test
  void should_match_ports_by_name_and_protocol() {
    Resource dns =
        Some.service(
            "dns",
            "clusterIPs",
            List.of("10.96.0.10"),
            "ports",
            List.of(port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"), port("extra", 54, "UDP")));
    Slice slice =
        Slice.of(
                slice(
                    "s",
                    "dns",
                    List.of(
                        port("dns-tcp", 5354, "TCP"),
                        port("dns", 5353, "UDP"),
                        port("extra", 5355, "TCP")),
                    ready("10.0.0.2", "a")))
            .orElseThrow();
    ServiceSpec spec = ServiceSpec.of(dns);
    List<List<Backend>> chosen =
        spec.ports().stream().map(port -> Backends.of(spec, port, false, List.of(slice))).toList();
    assertThat(chosen)
        .containsExactly(
            List.of(backend("10.0.0.2", 5353, "default/a")),
            List.of(backend("10.0.0.2", 5354, "default/a")),
            List.of());
  }

  @Test
  void should_choose_of_the_frontends_family() {
    Slice four = Slice.of(webSlice("s", "web", ready("10.0.0.2", "a"))).orElseThrow();
    Slice six = Slice.of(webSlice("t", "web", ready("fd00:10::2", "a"))).orElseThrow();
    ServiceSpec spec = ServiceSpec.of(WEB);
    assertThat(Backends.of(spec, spec.ports().get(0), true, List.of(four, six)))
        .containsExactly(backend("fd00:10::2", 8080, "default/a"));
    assertThat(Backends.of(spec, spec.ports().get(0), false, List.of(four, six)))
        .containsExactly(backend("10.0.0.2", 8080, "default/a"));
  }

  @Test
  void should_have_the_same_order_whatever_the_order_of_slices() {
    Resource one = webSlice("s", "web", ready("10.0.0.10", "j"), ready("10.0.0.3", "b"));
    Resource other = slice("t", "web", List.of(port("", 9090, "TCP")), ready("10.0.0.3", "b"));
    List<Backend> chosen = of(WEB, one, other);
    assertThat(chosen)
        .containsExactly(
            backend("10.0.0.3", 8080, "default/b"),
            backend("10.0.0.3", 9090, "default/b"),
            backend("10.0.0.10", 8080, "default/j"));
    assertThat(of(WEB, other, one)).isEqualTo(chosen);
  }

  @Test
  void should_choose_a_place_once_and_as_ready_where_one_slice_says_so() {
    Resource stale = webSlice("s", "web", draining("10.0.0.2", "a"), ready("10.0.0.3", "b"));
    Resource fresh = webSlice("t", "web", ready("10.0.0.2", "a"));
    List<Backend> chosen = of(WEB, stale, fresh);
    assertThat(chosen)
        .containsExactly(
            backend("10.0.0.2", 8080, "default/a"), backend("10.0.0.3", 8080, "default/b"));
    assertThat(of(WEB, fresh, stale)).isEqualTo(chosen);
  }

  private static List<Backend> of(Resource service, Resource... slices) {
    ServiceSpec spec = ServiceSpec.of(service);
    return Backends.of(
        spec,
        spec.ports().get(0),
        false,
        Stream.of(slices).map(slice -> Slice.of(slice).orElseThrow()).toList());
  }
}
