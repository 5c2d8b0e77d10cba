package io.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagesTest {
  @ParameterizedTest
  @CsvSource({
    "quay.io/cilium/starwars:v2.1@sha256:833d, quay.io/cilium/starwars",
    "docker.io/tgraf/netperf:v1.0, docker.io/tgraf/netperf",
    "localhost:5000/web, localhost:5000/web",
    "localhost:5000/web:2, localhost:5000/web",
    "web, web"
  })
  void should_take_no_notice_of_tag_and_digest(String reference, String name) {
    assertThat(Images.withoutTag(reference)).isEqualTo(name);
  }

  @Test
  void should_know_the_star_wars() {
    Images images = Images.shipped();

    assertThat(images.find("quay.io/cilium/starwars:v2.1").orElseThrow().port()).isEqualTo(80);
    assertThat(images.find("docker.io/cilium/starwars:v1.0").orElseThrow().command())
        .containsExactly("weir-lab-server", "starwars", "80");
    assertThat(images.find("quay.io/cilium/json-mock:v1.3.8")).isPresent();
    assertThat(images.find("docker.io/tgraf/netperf:v1.0")).isPresent();
    assertThat(images.find("nobody/knows:it")).isEmpty();
  }

  @Test
  void should_say_what_is_wrong_with_an_entry() {
    assertThatThrownBy(() -> Images.parse("images.yaml", "images:\n  a: {command: []}\n"))
        .hasMessage("images.yaml: images[a]: expected command: [WORD, …], got {command=[]}");
  }
}
