package io.weir.services;

import static io.weir.services.Some.fields;
import static io.weir.services.Some.port;
import static io.weir.services.Some.slice;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Resource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SliceTest {
  @Test
  void should_name_the_pod_only_where_a_pod_is_behind_it() {
    Slice slice =
        Slice.of(
                slice(
                    "s",
                    "web",
                    List.of(),
                    fields(
                        "addresses",
                        List.of("10.0.0.2"),
                        "targetRef",
                        fields("kind", "Pod", "name", "a")),
                    fields(
                        "addresses",
                        List.of("10.0.0.3"),
                        "targetRef",
                        fields("kind", "Node", "name", "n1")),
                    fields("addresses", List.of("10.0.0.4"))))
            .orElseThrow();
    assertThat(slice.endpoints())
        .extracting(Slice.Endpoint::pod)
        .containsExactly("default/a", "", "");
  }

  @Test
  void should_be_of_no_service_without_the_label() {
    Resource with = slice("s", "web", List.of());
    Resource without =
        new Resource(with.key(), with.apiVersion(), Map.of(), Map.of(), with.body(), with.origin());
    assertThat(Slice.of(with)).isPresent();
    assertThat(Slice.of(without)).isEmpty();
  }

  @Test
  void should_say_that_further_addresses_and_ports_without_number_have_no_effect() {
    Slice slice =
        Slice.of(
                slice(
                    "s",
                    "web",
                    List.of(port("http", 80, "TCP"), fields("name", "any")),
                    fields("addresses", List.of("10.0.0.2", "10.0.0.3"))))
            .orElseThrow();
    assertThat(slice.ports()).containsExactly(new Slice.Port("http", 80, Protocol.TCP));
    assertThat(slice.endpoints())
        .containsExactly(new Slice.Endpoint(Address.parse("10.0.0.2"), true, false, ""));
    assertThat(slice.warnings())
        .extracting(Problem::sentence)
        .containsExactly(
            "b.yaml:7: EndpointSlice/default/s: ports[1]: no port number: no service leads there;"
                + " give it one",
            "b.yaml:7: EndpointSlice/default/s: endpoints[0].addresses[1]: only the first address"
                + " of an endpoint takes connections; make an endpoint of each");
  }
}
