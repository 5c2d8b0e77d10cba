package io.weir.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.ProblemException;
import io.weir.api.row.Address;
import io.weir.api.row.ResourceKey;
import io.weir.policy.compile.Mode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What policies mean, corner by corner: each file of {@code semantics/} is a story in the world of
 * {@code semantics/world.yaml}. A document is a resource that is applied, or one of
 *
 * <ul>
 *   <li>{@code expect}: lines {@code FROM TO:PORT/PROTOCOL allowed|denied [by RULE]}
 *   <li>{@code refused}: a resource, and the sentence with which it is refused
 *   <li>{@code delete}: {@code KIND/NAMESPACE/NAME}
 *   <li>{@code set}: settings that hold from then on
 * </ul>
 */
class SemanticsTest {
  /** What packets show, and rows cannot: fragments, replies, translation, order in time. */
  private static final Set<String> OF_THE_DATAPATH = Set.of("N11", "N12", "N24", "N26", "C32");

  @TestFactory
  Stream<DynamicTest> should_mean_what_is_written() {
    return files()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getFileName().toString(), file.toUri(), () -> play(file)));
  }

  @Test
  void should_have_a_story_for_every_corner_that_is_promised() {
    Set<String> wanted = new TreeSet<>();
    add(wanted, "N", 1, 18);
    add(wanted, "N", 20, 31);
    add(wanted, "N", 33, 33);
    add(wanted, "C", 1, 6);
    add(wanted, "C", 8, 12);
    add(wanted, "C", 14, 14);
    add(wanted, "C", 16, 18);
    add(wanted, "C", 26, 28);
    add(wanted, "C", 31, 34);
    wanted.removeAll(OF_THE_DATAPATH);
    assertThat(files().map(SemanticsTest::number).collect(Collectors.toSet())).containsAll(wanted);
  }

  private static void add(Set<String> wanted, String letter, int first, int last) {
    IntStream.rangeClosed(first, last).forEach(number -> wanted.add(letter + number));
  }

  /** {@code n05-both-selectors.yaml} is about N5. */
  private static String number(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, 1).toUpperCase(java.util.Locale.ROOT)
        + Integer.parseInt(name.substring(1, 3));
  }

  private static Stream<Path> files() {
    return list().filter(file -> !file.endsWith("world.yaml")).sorted();
  }

  private static Stream<Path> list() {
    try {
      Path directory = Path.of(SemanticsTest.class.getResource("/semantics").toURI());
      try (Stream<Path> files = Files.list(directory)) {
        return files.toList().stream();
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void play(Path file) {
    World world = new World();
    world.apply(read(file.resolveSibling("world.yaml")));
    world.update();
    int expectations = 0;
    for (Map<String, Object> document : Texts.documents(read(file))) {
      if (document.get("expect") instanceof List<?> lines) {
        world.update();
        lines.forEach(line -> expect(world, (String) line));
        expectations += lines.size();
      } else if (document.get("refused") instanceof Map<?, ?> resource) {
        refuse(world, resource, (String) document.get("sentence"));
        expectations++;
      } else if (document.get("delete") instanceof String name) {
        String[] parts = name.split("/", 3);
        world.delete(new ResourceKey(parts[0], parts[1], parts[2]));
      } else if (document.get("set") instanceof Map<?, ?> settings) {
        settings.forEach((key, value) -> set(world, (String) key, (String) value));
      } else {
        world.apply(Texts.resource(document));
      }
    }
    assertThat(expectations).isPositive();
  }

  private static void expect(World world, String line) {
    String[] words = line.split(" +");
    var explanation = world.explain(words[0], words[1]);
    assertThat(explanation.passes() ? "allowed" : "denied")
        .as("%s, since %s", line, explanation)
        .isEqualTo(words[2]);
    if (words.length == 5) {
      assertThat(
              explanation.sides().stream()
                  .flatMap(side -> side.rule().stream())
                  .map(rule -> rule.policy().name() + ":" + rule.section()))
          .as(line)
          .contains(words[4]);
    }
  }

  private static void refuse(World world, Map<?, ?> resource, String sentence) {
    @SuppressWarnings("unchecked")
    Map<String, Object> document = (Map<String, Object>) resource;
    assertThatThrownBy(() -> world.apply(Texts.resource(document)))
        .isInstanceOf(ProblemException.class)
        .satisfies(
            e ->
                assertThat(((ProblemException) e).problem().sentence())
                    .isEqualTo("a.yaml:1: " + sentence));
  }

  private static void set(World world, String key, String value) {
    switch (key) {
      case "enable-policy" ->
          world.mode(
              new Mode(
                  Mode.Enforcement.valueOf(value.toUpperCase(java.util.Locale.ROOT)), false, true));
      case "allow-localhost" ->
          world.mode(new Mode(Mode.Enforcement.DEFAULT, false, !value.equals("policy")));
      case "policy-audit-mode" -> world.mode(new Mode(Mode.Enforcement.DEFAULT, true, true));
      case "policy-cidr-match-mode" -> world.cidrsMatchNodes(value.equals("nodes"));
      case "api-server" -> world.apiServers(Set.of(Address.parse(value)));
      default -> throw new IllegalArgumentException(key);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
