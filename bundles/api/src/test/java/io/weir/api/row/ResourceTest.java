package io.weir.api.row;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ResourceTest {
  private final Resource resource =
      new Resource(
          new ResourceKey("CiliumNetworkPolicy", "default", "x"),
          "cilium.io/v2",
          Map.of(),
          Map.of(),
          Map.of(),
          new Resource.Origin("a.yaml", 3, Map.of("spec", 6, "spec.ingress[0]", 12)));

  @Test
  void says_where_with_the_line_of_the_nearest_path_that_has_one() {
    assertThat(
            resource
                .problem("spec.ingress[0].toPorts[0].port", "a port number or name", "\"http!\"")
                .sentence())
        .isEqualTo(
            "a.yaml:12: CiliumNetworkPolicy/default/x: spec.ingress[0].toPorts[0].port:"
                + " expected a port number or name, got \"http!\"");
    assertThat(resource.where("spec.egress")).startsWith("a.yaml:6: ");
    assertThat(resource.where("")).isEqualTo("a.yaml:3: CiliumNetworkPolicy/default/x");
  }

  @Test
  void names_what_derived_it_where_there_is_no_line() {
    Resource derived =
        new Resource(
            new ResourceKey("Namespace", "", "n"),
            "v1",
            Map.of(),
            Map.of(),
            Map.of(),
            Resource.Origin.derived("manifests"));
    assertThat(derived.where("metadata")).isEqualTo("manifests: Namespace/n: metadata");
  }
}
