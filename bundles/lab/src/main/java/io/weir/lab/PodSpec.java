package io.weir.lab;

import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * As much of a Pod as the lab runs: its first container's command.
 *
 * @param owner the Deployment it comes from, else its ReplicaSet, else empty
 * @param command overrides what the image is known to run; empty: it does not
 */
record PodSpec(
    String namespace,
    String name,
    String owner,
    boolean hostNetwork,
    String image,
    List<String> command,
    List<String> arguments,
    Map<String, String> environment) {

  static PodSpec parse(JsonObject pod) {
    JsonObject metadata = Json.object(pod, "metadata");
    JsonObject spec = Json.object(pod, "spec");
    JsonObject container =
        Json.objects(spec, "containers").stream().findFirst().orElseGet(JsonObject::new);
    Map<String, String> environment = new LinkedHashMap<>();
    for (JsonObject variable : Json.objects(container, "env")) {
      environment.put(Json.text(variable, "name"), Json.text(variable, "value"));
    }
    String namespace = Json.text(metadata, "namespace");
    return new PodSpec(
        namespace.isEmpty() ? "default" : namespace,
        Json.text(metadata, "name"),
        owner(metadata),
        Json.text(spec, "hostNetwork").equals("true"),
        Json.text(container, "image"),
        Json.texts(container, "command"),
        Json.texts(container, "args"),
        Map.copyOf(environment));
  }

  String key() {
    return namespace + "/" + name;
  }

  /** A ReplicaSet that a Deployment made is called as the Deployment, a hyphen and a hash. */
  private static String owner(JsonObject metadata) {
    for (JsonObject reference : Json.objects(metadata, "ownerReferences")) {
      String name = Json.text(reference, "name");
      String hash = Json.text(Json.object(metadata, "labels"), "pod-template-hash");
      if (!hash.isEmpty() && name.endsWith("-" + hash)) {
        return name.substring(0, name.length() - hash.length() - 1);
      }
      return name;
    }
    return "";
  }
}
