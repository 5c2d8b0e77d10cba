package io.weir.manifests.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class YamlWriterTest {
  private static final List<String> WORDS =
      List.of(
          "",
          "a",
          "yes",
          "No",
          "null",
          "~",
          "1",
          "0x1",
          "1e3",
          "-",
          "- a",
          "a: b",
          "a #b",
          " a",
          "a ",
          "#",
          "'",
          "\"",
          "\\",
          "a\nb",
          "a\nb\n",
          "a\n\nb\n\n\n",
          "\na",
          "a\n b\n",
          "\t",
          "a\tb",
          "ü€😀",
          "\u0001",
          "\u0085",
          "\ufeff",
          "@a",
          "*a",
          "&a",
          "!a",
          "%a",
          "|",
          ">",
          "{",
          "[",
          "?",
          "---",
          "...",
          "a\r\nb",
          "Yes please",
          "10.0.0.1/8",
          "=",
          "<<");

  @Test
  void what_is_written_is_read_back() {
    Random random = new Random(7);
    for (int i = 0; i < 3000; i++) {
      Map<String, Object> fields = fields(random, 0);
      fields.put("first", WORDS.get(i % WORDS.size()));
      String text = YamlWriter.write(fields);
      List<YamlReader.Document> documents = YamlReader.read("x", text);
      assertThat(documents).as(text).hasSize(1);
      assertThat(documents.get(0).problem()).as(text).isEmpty();
      assertThat(documents.get(0).value().orElseThrow().plain()).as(text).isEqualTo(fields);
    }
  }

  @Test
  void it_looks_as_people_write_it() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("kind", "ConfigMap");
    fields.put("data", Map.of("text", "a\nb\n"));
    fields.put("list", List.of(Map.of("port", 80L), List.of("x", "80"), List.of(), Map.of()));
    fields.put("none", Resource.NULL);
    assertThat(YamlWriter.write(fields))
        .isEqualTo(
            """
            kind: ConfigMap
            data:
              text: |
                a
                b
            list:
            - port: 80
            - - x
              - "80"
            - []
            - {}
            none: null
            """);
  }

  private static Map<String, Object> fields(Random random, int depth) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      String name = WORDS.get(random.nextInt(WORDS.size()));
      fields.put(name.equals("<<") ? "k" : name, value(random, depth));
    }
    return fields;
  }

  private static Object value(Random random, int depth) {
    switch (random.nextInt(depth > 4 ? 5 : 8)) {
      case 0:
        return random.nextLong();
      case 1:
        return random.nextBoolean();
      case 2:
        return Resource.NULL;
      case 3, 4:
        return WORDS.get(random.nextInt(WORDS.size()));
      case 5:
        return random.nextDouble() * 1e6;
      case 6:
        return fields(random, depth + 1);
      default:
        List<Object> items = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          items.add(value(random, depth + 1));
        }
        return items;
    }
  }
}
