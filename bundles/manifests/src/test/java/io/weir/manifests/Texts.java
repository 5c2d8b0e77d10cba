package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Manifests that several tests use. */
final class Texts {
  private Texts() {}

  static String namespace(String name) {
    return "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n".formatted(name);
  }

  static String service(String name, String spec) {
    return "apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {%s}\n"
        .formatted(name, spec);
  }

  static String pod(String name, String labels, String spec) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, labels: {%s}}\nspec: {containers: [%s]}\n"
        .formatted(name, labels, spec);
  }

  static String deployment(String name, int replicas, String image) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s}
        spec:
          replicas: %2$d
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata: {labels: {app: %1$s, tier: front}, annotations: {note: x}}
            spec: {containers: [{name: c, image: %3$s}]}
        """
        .formatted(name, replicas, image);
  }

  static String policy(String name, String port) {
    return """
        apiVersion: cilium.io/v2
        kind: CiliumNetworkPolicy
        metadata: {name: %s}
        spec:
          endpointSelector: {}
          ingress: [{toPorts: [{ports: [{port: "%s", protocol: TCP}]}]}]
        """
        .formatted(name, port);
  }

  static Manifest read(String source, String... documents) {
    return new ManifestReader().read(source, String.join("---\n", documents));
  }

  static Resource only(String text) {
    Manifest manifest = read("a.yaml", text);
    assertThat(sentences(manifest.problems())).isEmpty();
    assertThat(manifest.resources()).hasSize(1);
    return manifest.resources().get(0);
  }

  static Map<ResourceKey, Resource> all(String... documents) {
    Manifest manifest = read("a.yaml", documents);
    assertThat(sentences(manifest.problems())).isEmpty();
    Map<ResourceKey, Resource> all = new LinkedHashMap<>();
    manifest.resources().forEach(resource -> all.put(resource.key(), resource));
    return all;
  }

  static List<String> sentences(Iterable<Problem> problems) {
    List<String> sentences = new java.util.ArrayList<>();
    problems.forEach(problem -> sentences.add(problem.sentence()));
    return sentences;
  }

  static Endpoint endpoint(int id, String pod, String... addresses) {
    return new Endpoint(
        id,
        "default",
        pod,
        "c" + id,
        "eth0",
        "weir" + id,
        id,
        "02:00:00:00:00:01",
        Arrays.stream(addresses).map(Address::parse).toList(),
        0);
  }

  static ResourceKey key(String kind, String name) {
    return new ResourceKey(kind, "default", name);
  }
}
