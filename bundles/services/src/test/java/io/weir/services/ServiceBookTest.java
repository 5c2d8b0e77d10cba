package io.weir.services;

import static io.weir.services.Some.backend;
import static io.weir.services.Some.changes;
import static io.weir.services.Some.frontend;
import static io.weir.services.Some.gone;
import static io.weir.services.Some.port;
import static io.weir.services.Some.ready;
import static io.weir.services.Some.slice;
import static io.weir.services.Some.webSlice;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.api.row.Resource.Origin;
import io.weir.api.row.ResourceKey;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceBookTest {
  private final ServiceBook book = new ServiceBook();

  @Test
  void should_make_a_frontend_of_each_address_and_port() {
    book.apply(
        changes(
            Some.service(
                "dns",
                "clusterIPs",
                List.of("10.96.0.10", "fd10:96::a"),
                "ports",
                List.of(port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"))),
            slice("s", "dns", List.of(port("dns", 53, "UDP")), ready("fd00:10::2", "a"))));
    assertThat(drafts("dns"))
        .containsExactly(
            draft("10.96.0.10", 53, Protocol.UDP, "dns"),
            draft("fd10:96::a", 53, Protocol.UDP, "dns", "fd00:10::2"),
            draft("10.96.0.10", 53, Protocol.TCP, "dns-tcp"),
            draft("fd10:96::a", 53, Protocol.TCP, "dns-tcp"));
  }

  @Test
  void should_make_a_frontend_without_backends_where_there_are_none() {
    book.apply(changes(Some.web("web", "10.96.0.1")));
    assertThat(drafts("web")).hasSize(1);
    assertThat(drafts("web").get(0).backends()).isEmpty();
    assertThat(book.standings().get(Some.key("web")).warnings()).isEmpty();
  }

  @Test
  void should_make_no_frontend_of_a_headless_service() {
    book.apply(
        changes(
            Some.service(
                "web",
                "clusterIP",
                "None",
                "clusterIPs",
                List.of("None"),
                "ports",
                List.of(port("", 80, "TCP"))),
            webSlice("s", "web", ready("10.0.0.2", "a"))));
    assertThat(drafts("web")).isEmpty();
  }

  @Test
  void should_make_no_frontend_of_what_the_kernel_does_not_balance() {
    book.apply(
        changes(
            Some.service(
                "web",
                "clusterIPs",
                List.of("10.96.0.1"),
                "ports",
                List.of(port("a", 80, "SCTP"), port("b", 80, "TCP")))));
    assertThat(drafts("web"))
        .extracting(draft -> draft.claim().frontend())
        .containsExactly(frontend("10.96.0.1", 80, Protocol.TCP));
  }

  @Test
  void should_follow_slices_that_come_change_and_go() {
    book.apply(changes(Some.web("web", "10.96.0.1"), Some.web("shop", "10.96.0.2")));
    assertThat(book.standings()).hasSize(2);
    Resource slice = webSlice("s", "web", ready("10.0.0.2", "a"));
    book.apply(changes(slice));
    assertThat(backends("web")).containsExactly("10.0.0.2");
    book.apply(changes(webSlice("s", "web", ready("10.0.0.3", "b"))));
    assertThat(backends("web")).containsExactly("10.0.0.3");
    book.apply(changes(webSlice("s", "shop", ready("10.0.0.3", "b"))));
    assertThat(backends("web")).isEmpty();
    assertThat(backends("shop")).containsExactly("10.0.0.3");
    book.apply(gone(slice));
    assertThat(backends("shop")).isEmpty();
  }

  @Test
  void should_know_slices_that_were_there_before_their_service() {
    book.apply(changes(webSlice("s", "web", ready("10.0.0.2", "a"))));
    assertThat(book.standings()).isEmpty();
    book.apply(changes(Some.web("web", "10.96.0.1")));
    assertThat(backends("web")).containsExactly("10.0.0.2");
    book.apply(gone(Some.web("web", "10.96.0.1")));
    assertThat(book.standings()).isEmpty();
  }

  @Test
  void should_keep_slices_of_other_namespaces_apart() {
    Resource slice = webSlice("s", "web", ready("10.0.0.2", "a"));
    book.apply(
        changes(
            Some.web("web", "10.96.0.1"),
            new Resource(
                new ResourceKey("EndpointSlice", "other", "s"),
                slice.apiVersion(),
                slice.labels(),
                slice.annotations(),
                slice.body(),
                slice.origin())));
    assertThat(backends("web")).isEmpty();
  }

  @Test
  void should_leave_what_has_not_changed_as_it_was() {
    book.apply(changes(Some.web("web", "10.96.0.1"), Some.web("shop", "10.96.0.2")));
    ServiceBook.Standing before = book.standings().get(Some.key("shop"));
    book.apply(changes(webSlice("s", "web", ready("10.0.0.2", "a"))));
    assertThat(book.standings().get(Some.key("shop"))).isSameAs(before);
  }

  @Test
  void should_see_nothing_in_resources_that_are_neither_services_nor_slices() {
    Resource pod =
        new Resource(
            new ResourceKey("Pod", "default", "a"),
            "v1",
            Map.of(Slice.SERVICE_NAME, "web"),
            Map.of(),
            Map.of(),
            Origin.derived("test"));
    assertThat(book.apply(changes(pod))).isFalse();
    assertThat(book.apply(changes(Some.web("web", "10.96.0.1")))).isTrue();
  }

  @Test
  void should_say_that_endpoints_have_not_the_port_that_is_meant() {
    book.apply(
        changes(
            Some.service(
                "web",
                "clusterIPs",
                List.of("10.96.0.1"),
                "ports",
                List.of(port("http", 80, "TCP"), port("admin", 81, "TCP"))),
            slice("s", "web", List.of(port("http", 8080, "TCP")), ready("10.0.0.2", "a"))));
    assertThat(book.standings().get(Some.key("web")).warnings())
        .extracting(Problem::sentence)
        .containsExactly(
            "a.yaml:3: Service/default/web: spec.ports[1]: its endpoints have no TCP port named"
                + " admin: clients are refused; compare targetPort with the pods' ports, or the"
                + " names of ports in EndpointSlices");
  }

  private List<Draft> drafts(String service) {
    return book.standings().get(Some.key(service)).drafts();
  }

  private List<String> backends(String service) {
    return drafts(service).get(0).backends().stream()
        .map(backend -> backend.address().toString())
        .toList();
  }

  private static Draft draft(
      String address, int port, Protocol protocol, String name, String... backends) {
    return new Draft(
        new Draft.Claim(frontend(address, port, protocol), Some.key("dns")),
        name,
        List.of(backends).stream().map(one -> backend(one, 53, "default/a")).toList());
  }
}
