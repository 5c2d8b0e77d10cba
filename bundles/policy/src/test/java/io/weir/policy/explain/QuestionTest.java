package io.weir.policy.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.Identity;
import io.weir.policy.Texts;
import io.weir.policy.World;
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "default/nobody | web:80/TCP | default/nobody: expected a pod as NAMESPACE/NAME, an address, an identity's number, or an entity such as world, got \"default/nobody\", which is none that is known here; list them by weir endpoints and weir identities",
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
