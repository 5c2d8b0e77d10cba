package io.weir.manifests;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.weir.api.row.Resource;
import io.weir.manifests.yaml.YamlWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Resources as text, in the order that people expect: apiVersion, kind, metadata, the rest. */
final class ResourceText {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

  private ResourceText() {}

  static String yaml(Resource resource) {
    return YamlWriter.write(fields(resource));
  }

  static String yaml(List<Resource> resources) {
    return YamlWriter.write(list(resources));
  }

  /** An array, as every command of Weir gives one. */
  static String json(List<Resource> resources) {
    return GSON.toJson(nullable(resources.stream().map(ResourceText::fields).toList()));
  }

  private static Map<String, Object> list(List<Resource> resources) {
    Map<String, Object> list = new LinkedHashMap<>();
    list.put("apiVersion", "v1");
    list.put("kind", "List");
    list.put("items", resources.stream().map(ResourceText::fields).toList());
    return list;
  }

  private static Map<String, Object> fields(Resource resource) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", resource.key().name());
    if (!resource.key().namespace().isEmpty()) {
      metadata.put("namespace", resource.key().namespace());
    }
    if (!resource.labels().isEmpty()) {
      metadata.put("labels", new TreeMap<>(resource.labels()));
    }
    if (!resource.annotations().isEmpty()) {
      metadata.put("annotations", new TreeMap<>(resource.annotations()));
    }
    metadata.putAll(Body.fields(resource.body(), "metadata"));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("apiVersion", resource.apiVersion());
    fields.put("kind", resource.key().kind());
    fields.put("metadata", metadata);
    Map<String, Object> rest = new TreeMap<>(resource.body());
    rest.remove("metadata");
    fields.putAll(rest);
    return fields;
  }

  /** Gson's idea of null. */
  private static Object nullable(Object value) {
    if (value instanceof Map<?, ?> fields) {
      Map<Object, Object> nullable = new LinkedHashMap<>();
      fields.forEach((name, field) -> nullable.put(name, nullable(field)));
      return nullable;
    }
    if (value instanceof List<?> items) {
      List<Object> nullable = new ArrayList<>();
      items.forEach(item -> nullable.add(nullable(item)));
      return nullable;
    }
    return value == Resource.NULL ? null : value;
  }
}
