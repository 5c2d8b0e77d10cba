package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.manifests.FakeNode.Ended;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is applied has its room among all manifests. */
@Timeout(120)
class ApplyRoomTest {
  private static final int HALF = 100_000;

  /** Roughly two of {@link #big}, and not three. */
  private static final long ROOM = 12L * HALF;

  private static final String SENTENCE =
      "stdin:1: ConfigMap/default/%s: expected manifests that take at most 1 MiB together, as Weir"
          + " holds them, got more with this one; take some away, or raise -Xmx in"
          + " etc/jvm.options\n";

  @TempDir Path base;

  private static String big(String name, char letter) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: %s}
    data: {text: %s}
    """
        .formatted(name, Character.toString(letter).repeat(HALF));
  }

  @Test
  void should_refuse_what_has_no_room_beside_what_is_kept() throws Exception {
    try (FakeNode node = new FakeNode(base, Map.of(), ROOM).started()) {
      assertThat(node.apply(big("one", 'a'), "-f", "-").code()).isZero();
      assertThat(node.apply(big("two", 'a'), "-f", "-").code()).isZero();
      assertThat(node.apply(big("three", 'a'), "-f", "-"))
          .isEqualTo(new Ended(1, "", SENTENCE.formatted("three")));
      assertThat(node.row("ConfigMap", "three")).isEmpty();
      assertThat(node.apply(Texts.service("web", "ports: [{port: 80}]"), "-f", "-").out())
          .as("a small one has room")
          .isEqualTo("service/web created\n");

      assertThat(node.apply(big("two", 'b'), "-f", "-").out())
          .as("one that takes the place of its older self")
          .isEqualTo("configmap/two configured\n");
      assertThat(node.delete("", "configmap", "two").code()).isZero();
      assertThat(node.apply(big("three", 'a'), "-f", "-").out())
          .as("once there is room")
          .isEqualTo("configmap/three created\n");
    }
  }

  @Test
  void should_count_what_files_of_the_directory_take() throws Exception {
    try (FakeNode node = new FakeNode(base, Map.of(), ROOM).started()) {
      node.write("two.yaml", big("one", 'a') + "---\n" + big("two", 'a'));
      FakeNode.await(() -> node.row("ConfigMap", "two").isPresent());
      assertThat(node.apply(big("three", 'a'), "-f", "-"))
          .isEqualTo(new Ended(1, "", SENTENCE.formatted("three")));
    }
  }
}
