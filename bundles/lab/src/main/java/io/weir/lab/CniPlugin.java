package io.weir.lab;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.weir.api.Problem;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Calls the plugin as a container runtime does, from the node's namespace. */
final class CniPlugin {
  private static final String INTERFACE = "eth0";

  private final Path home;
  private final Places places;

  CniPlugin(Path home, Places places) {
    this.home = home;
    this.places = places;
  }

  /** Returns when the pod's policy is in force; its addresses, without prefix lengths. */
  List<String> add(LabState.Node node, LabState.Pod pod) {
    Processes.Result result = call("ADD", node, pod);
    if (!result.good()) {
      throw Problem.of("pod " + pod.key(), "the CNI plugin refused: " + reason(result))
          .asException();
    }
    try {
      return Json.objects(JsonParser.parseString(result.out()).getAsJsonObject(), "ips").stream()
          .map(ip -> Json.text(ip, "address").split("/", 2)[0])
          .toList();
    } catch (JsonParseException | IllegalStateException e) {
      throw Problem.of("pod " + pod.key(), "a CNI result", result.out().strip()).asException();
    }
  }

  void remove(LabState.Node node, LabState.Pod pod) {
    Processes.Result result = call("DEL", node, pod);
    if (!result.good()) {
      throw Problem.of("pod " + pod.key(), "the CNI plugin failed to delete: " + reason(result))
          .asException();
    }
  }

  private Processes.Result call(String verb, LabState.Node node, LabState.Pod pod) {
    Map<String, String> environment = new HashMap<>(places.environment());
    environment.put("CNI_COMMAND", verb);
    environment.put("CNI_CONTAINERID", pod.container());
    environment.put("CNI_NETNS", pod.holder() == 0 ? "" : "/proc/" + pod.holder() + "/ns/net");
    environment.put("CNI_IFNAME", INTERFACE);
    environment.put("CNI_PATH", home.resolve("bin").toString());
    environment.put(
        "CNI_ARGS",
        "IgnoreUnknown=1;K8S_POD_NAMESPACE=%s;K8S_POD_NAME=%s;K8S_POD_INFRA_CONTAINER_ID=%s"
            .formatted(pod.namespace(), pod.name(), pod.container()));
    return Processes.run(
        places.at(node.name(), List.of(home.resolve("bin/weir-cni").toString())),
        environment,
        configuration(node).toString());
  }

  private static JsonObject configuration(LabState.Node node) {
    JsonObject configuration = new JsonObject();
    configuration.addProperty("cniVersion", "1.0.0");
    configuration.addProperty("name", "weir");
    configuration.addProperty("type", "weir-cni");
    configuration.addProperty("node", node.engine());
    return configuration;
  }

  /** CNI's errors are JSON on standard output. */
  private static String reason(Processes.Result result) {
    try {
      JsonObject error = JsonParser.parseString(result.out()).getAsJsonObject();
      String details = Json.text(error, "details");
      return Json.text(error, "msg") + (details.isEmpty() ? "" : ": " + details);
    } catch (JsonParseException | IllegalStateException e) {
      return result.why();
    }
  }
}
