package io.weir.manifests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.itests.testing.Fuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Damaged manifests: each is read, or refused by sentences; what was read is written and read
 * alike.
 */
class ManifestFuzzTest {
  private static final Path DEMO = Path.of("../../itests/demo");

  private static final List<String> ODD =
      List.of(
          "a: &a {b: [*a]}\n",
          "- &x [1]\n- *x\n",
          "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"kind\": \"Namespace\"}]}",
          "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\ndata:\n  a: |+\n    x\n\n  b: >-\n    y\n",
          "kind: Pod\napiVersion: v1\nmetadata:\n  <<: {name: p}\n  labels: !!str x\n");

  @Test
  void should_read_or_refuse_whatever_comes() throws IOException {
    List<String> texts = manifests();
    Fuzz.run(fuzz -> fuzz.text(texts), ManifestFuzzTest::check);
  }

  /** What damaged inputs have found. */
  @Test
  void should_hold_for_inputs_that_once_broke_it() {
    String nameless = "apiVersion: v1\nkind: Namespace\nmetadata:\nname: a\n";
    check(nameless);
    assertThat(Texts.sentences(Texts.read("a.yaml", nameless).problems()))
        .containsExactly(
            "a.yaml:1: Namespace: metadata.name: expected a name of at most 253 of a-z, 0-9, - and .,"
                + " got nothing");
    assertThat(Texts.sentences(Texts.read("a.yaml", "\u0085").problems()))
        .containsExactly("a.yaml:1: expected a value, got none");
    check(Texts.service("web", "ports: [{port: 80, beyond: [1e400, -1e400, 1e-400]}]"));
    for (String name : List.of("n".repeat(999), "n".repeat(1001), "\u0660".repeat(2000))) {
      check(Texts.service("web", "ports: [{port: 80, ? " + name + " : [{? " + name + " : a}]}]"));
    }
  }

  @Test
  void should_refuse_bytes_that_are_no_text() throws IOException {
    List<byte[]> bytes = manifests().stream().map(text -> text.getBytes(UTF_8)).toList();
    Fuzz.run(
        fuzz -> fuzz.random().nextInt(8) == 0 ? fuzz.randomBytes(300) : fuzz.bytes(bytes),
        input -> checkSentences(new ManifestReader().read("a.yaml", input)));
  }

  private static List<String> manifests() throws IOException {
    List<String> texts = new ArrayList<>(ODD);
    texts.add(Files.readString(DEMO.resolve("app.yaml")));
    texts.add(Files.readString(DEMO.resolve("policy.yaml")));
    texts.add(Texts.namespace("a"));
    texts.add(Texts.service("web", "selector: {app: web}, ports: [{port: 80, targetPort: http}]"));
    texts.add(Texts.pod("p", "app: web", "{name: c, ports: [{containerPort: 0x50, name: http}]}"));
    texts.add(Texts.deployment("web", 3, "nginx"));
    texts.add(Texts.policy("p", "80"));
    return texts;
  }

  static void checkBytes(byte[] bytes) {
    checkManifest(new ManifestReader().read("a.yaml", bytes));
  }

  private static void check(String text) {
    checkManifest(new ManifestReader().read("a.yaml", text));
  }

  private static void checkManifest(Manifest manifest) {
    checkSentences(manifest);
    for (Resource resource : manifest.resources()) {
      String written = ResourceText.yaml(resource);
      Manifest again = new ManifestReader().read("b.yaml", written);
      assertThat(again.problems()).as(written).isEmpty();
      assertThat(again.resources()).as(written).hasSize(1);
      assertThat(withoutOrigin(again.resources().get(0)))
          .as(written)
          .isEqualTo(withoutOrigin(resource));
    }
    assertThat(ResourceText.json(manifest.resources())).startsWith("[");
  }

  private static void checkSentences(Manifest manifest) {
    for (Manifest.Document document : manifest.documents()) {
      assertThat(document.resource().isPresent()).isEqualTo(document.problems().isEmpty());
    }
    List<Problem> said = new ArrayList<>(manifest.problems());
    said.addAll(manifest.warnings());
    for (Problem problem : said) {
      assertThat(problem.sentence()).startsWith("a.yaml").contains(": ");
      assertThat(problem.came()).isNotBlank();
    }
  }

  private static Resource withoutOrigin(Resource resource) {
    return new Resource(
        resource.key(),
        resource.apiVersion(),
        resource.labels(),
        resource.annotations(),
        resource.body(),
        Resource.Origin.derived("test"));
  }
}
