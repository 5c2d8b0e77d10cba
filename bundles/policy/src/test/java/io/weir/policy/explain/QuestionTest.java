package io.weir.policy.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.Address;
import io.weir.api.row.Backend;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Identity;
import io.weir.api.row.ResourceKey;
import io.weir.policy.Texts;
import io.weir.policy.World;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuestionTest {
  private final World world = new World();

  @BeforeEach
  void fill() {
    world.apply(
        Texts.resource(
            """
            kind: Pod
            metadata: {name: web, labels: {app: web}, annotations: {addresses: 10.0.0.10 fd00:10::10}}
            """));
    world.update();
  }

  @Test
  void should_read_pods_addresses_identities_and_entities() {
    Picture picture = world.picture();
    Question byName = Question.parse("world", "web:80", picture);
    assertThat(byName.from().identity()).isEqualTo(Identity.WORLD);
    assertThat(byName.to().name()).isEqualTo("default/web");
    assertThat(byName.protocol()).isEqualTo(6);
    Question byAddress = Question.parse("256", "[fd00:10::10]:53/udp", picture);
    assertThat(byAddress.from().identity()).isEqualTo(256);
    assertThat(byAddress.to().endpoint()).isPresent();
    assertThat(byAddress.port()).isEqualTo(53);
    assertThat(byAddress.protocol()).isEqualTo(17);
    assertThat(Question.parse(World.HOST, "web:8/ICMP", picture).from().identity())
        .isEqualTo(Identity.HOST);
    assertThat(Question.parse("203.0.113.1", "web:1/SCTP", picture).from().identity())
        .isEqualTo(Identity.WORLD_IPV4);
  }

  @Test
  void should_ask_about_the_backend_of_a_service_on_the_backends_port() {
    Picture picture =
        withService(List.of(new Backend(Address.parse("10.0.0.10"), 8080, "default/web")));
    Question question = Question.parse("world", "front:80/TCP", picture);
    assertThat(question.to().name()).isEqualTo("default/web");
    assertThat(question.port()).isEqualTo(8080);
  }

  @Test
  void should_say_that_a_service_has_no_backend() {
    Picture picture = withService(List.of());
    assertThatThrownBy(() -> Question.parse("world", "front:80/TCP", picture))
        .hasMessage(
            "Service/default/front: expected a backend to be asked about, got none that is ready;"
                + " its clients are refused whatever policy says");
  }

  private Picture withService(List<Backend> backends) {
    Picture picture = world.picture();
    FrontendKey key = new FrontendKey(Address.parse("10.96.0.7"), 80, 6);
    ResourceKey service = new ResourceKey("Service", "default", "front");
    return new Picture(
        picture.endpoints(),
        picture.endpointPolicies(),
        picture.compiled(),
        picture.rules(),
        picture.identities(),
        picture.blocks(),
        picture.prefixes(),
        Map.of(key, new Frontend(key, 1, service, "", backends)),
        picture.node());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "default/nobody | web:80/TCP | default/nobody: expected a pod or, with a port of its own, a Service as NAMESPACE/NAME, an address, an identity's number, or an entity such as world, got \"default/nobody\", which is none that is known here; list them by weir endpoints and weir identities",
        "web | web:80/GRE | web:80/GRE: expected TCP, UDP, SCTP, ICMP or ICMPV6 as protocol, got \"GRE\"",
        "web | web | web: expected TO:PORT/PROTOCOL, for ICMP its type as port, got \"web\"",
        "web | web:65536/TCP | web:65536/TCP: expected a port from 0 to 65535, got \"65536\"",
        "web | web:http/TCP | web:http/TCP: expected a port from 0 to 65535, got \"http\"",
      })
  void should_say_what_it_does_not_understand(String from, String to, String sentence) {
    Picture picture = world.picture();
    assertThatThrownBy(() -> Question.parse(from, to, picture)).hasMessage(sentence);
  }
}
