package io.weir.policy;

import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Resources as tests write them: YAML in the shape in which tables have it. */
public final class Texts {
  private Texts() {}

  public static Resource resource(String yaml) {
    return resource(documents(yaml).get(0));
  }

  /** The documents of a text, each a map. */
  public static List<Map<String, Object>> documents(String yaml) {
    List<Map<String, Object>> documents = new ArrayList<>();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(yaml)) {
      documents.add(map((Map<?, ?>) document));
    }
    return documents;
  }

  /** A document as a resource. */
  public static Resource resource(Map<String, Object> document) {
    Map<String, Object> body = new LinkedHashMap<>(document);
    body.remove("apiVersion");
    String kind = (String) body.remove("kind");
    Map<?, ?> metadata = (Map<?, ?>) body.remove("metadata");
    boolean clusterWide = kind.contains("Clusterwide") || kind.equals("Namespace");
    Object namespace = metadata.get("namespace");
    ResourceKey key =
        new ResourceKey(
            kind,
            clusterWide ? "" : namespace == null ? "default" : (String) namespace,
            (String) metadata.get("name"));
    return new Resource(
        key,
        String.valueOf(document.getOrDefault("apiVersion", "v1")),
        texts(metadata.get("labels")),
        texts(metadata.get("annotations")),
        body,
        new Resource.Origin("a.yaml", 1, Map.of()));
  }

  private static Map<String, String> texts(Object map) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (map instanceof Map<?, ?> some) {
      some.forEach((key, value) -> texts.put((String) key, String.valueOf(value)));
    }
    return texts;
  }

  private static Object value(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map(map);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(Texts::value).toList();
    }
    if (value == null) {
      return Resource.NULL;
    }
    return value instanceof Integer number ? (Object) number.longValue() : value;
  }

  private static Map<String, Object> map(Map<?, ?> map) {
    Map<String, Object> result = new LinkedHashMap<>();
    map.forEach((key, value) -> result.put((String) key, value(value)));
    return result;
  }
}
