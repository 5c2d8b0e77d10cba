package io.weir.policy;

import io.weir.api.row.Resource;
import io.weir.policy.spec.NamedPorts;
import io.weir.policy.spec.Protocols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The named ports that a pod's containers declare, sidecars among the init containers included. */
public final class PodPorts {
  private PodPorts() {}

  public static NamedPorts of(Resource pod) {
    Map<String, TreeSet<Integer>> ports = new TreeMap<>();
    if (pod.body().get("spec") instanceof Map<?, ?> spec) {
      for (Map<?, ?> container : maps(spec.get("containers"))) {
        add(container, ports);
      }
      for (Map<?, ?> container : maps(spec.get("initContainers"))) {
        if ("Always".equals(container.get("restartPolicy"))) {
          add(container, ports);
        }
      }
    }
    return NamedPorts.of(ports);
  }

  private static void add(Map<?, ?> container, Map<String, TreeSet<Integer>> ports) {
    for (Map<?, ?> port : maps(container.get("ports"))) {
      Object protocol = port.get("protocol");
      Integer number = Protocols.number(protocol instanceof String text ? text : "TCP");
      if (port.get("name") instanceof String name
          && port.get("containerPort") instanceof Long value
          && number != null) {
        ports
            .computeIfAbsent(
                name.toLowerCase(Locale.ROOT) + '/' + number, unused -> new TreeSet<>())
            .add(value.intValue());
      }
    }
  }

  private static List<Map<?, ?>> maps(Object list) {
    List<Map<?, ?>> maps = new ArrayList<>();
    if (list instanceof List<?> elements) {
      elements.forEach(
          element -> {
            if (element instanceof Map<?, ?> map) {
              maps.add(map);
            }
          });
    }
    return maps;
  }
}
