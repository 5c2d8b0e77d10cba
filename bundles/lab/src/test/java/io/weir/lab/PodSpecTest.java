package io.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class PodSpecTest {
  @Test
  void should_read_what_the_lab_runs() {
    PodSpec spec =
        parse(
            """
            {"metadata": {"name": "web-7d4b9-x2", "namespace": "shop",
                          "labels": {"pod-template-hash": "7d4b9"},
                          "ownerReferences": [{"kind": "ReplicaSet", "name": "web-7d4b9"}]},
             "spec": {"containers": [{"name": "main", "image": "weir.io/lab/shell:1",
                                      "command": ["sh", "-c"], "args": ["exit 3"],
                                      "env": [{"name": "A", "value": "b"}]}]}}
            """);

    assertThat(spec.key()).isEqualTo("shop/web-7d4b9-x2");
    assertThat(spec.owner()).isEqualTo("web");
    assertThat(spec.command()).containsExactly("sh", "-c");
    assertThat(spec.arguments()).containsExactly("exit 3");
    assertThat(spec.environment()).containsEntry("A", "b");
  }

  @Test
  void should_take_a_bare_pod_for_one_of_the_namespace_default() {
    PodSpec spec = parse("{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"hostNetwork\": true}}");

    assertThat(spec.key()).isEqualTo("default/a");
    assertThat(spec.owner()).isEmpty();
    assertThat(spec.hostNetwork()).isTrue();
    assertThat(spec.image()).isEmpty();
  }

  private static PodSpec parse(String json) {
    return PodSpec.parse(JsonParser.parseString(json).getAsJsonObject());
  }
}
