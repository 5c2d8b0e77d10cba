package io.weir.manifests;

import io.weir.api.row.Resource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads checked bodies, whose types are known: a field that is absent or null is empty. */
final class Body {
  private Body() {}

  /** Names and values in turn, kept in this order. */
  static Map<String, Object> of(Object... namesAndValues) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return Collections.unmodifiableMap(fields);
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> fields(Map<String, Object> in, String name) {
    return in.get(name) instanceof Map<?, ?> fields ? (Map<String, Object>) fields : Map.of();
  }

  /** The value down a path of names. */
  static Map<String, Object> fields(Map<String, Object> in, String first, String... names) {
    Map<String, Object> at = fields(in, first);
    for (String name : names) {
      at = fields(at, name);
    }
    return at;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Map<String, Object> in, String name) {
    return in.get(name) instanceof List<?> list ? (List<Object>) list : List.of();
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> structs(Map<String, Object> in, String name) {
    return in.get(name) instanceof List<?> list
        ? (List<Map<String, Object>>) (List<?>) list
        : List.of();
  }

  @SuppressWarnings("unchecked")
  static Map<String, String> labels(Map<String, Object> in, String name) {
    return in.get(name) instanceof Map<?, ?> fields ? (Map<String, String>) fields : Map.of();
  }

  static List<String> texts(Map<String, Object> in, String name) {
    return list(in, name).stream().map(String.class::cast).toList();
  }

  static String text(Map<String, Object> in, String name, String otherwise) {
    return in.get(name) instanceof String text ? text : otherwise;
  }

  static long number(Map<String, Object> in, String name, long otherwise) {
    return in.get(name) instanceof Long number ? number : otherwise;
  }

  static boolean flag(Map<String, Object> in, String name) {
    return Boolean.TRUE.equals(in.get(name));
  }

  /** Whether something other than null was written. */
  static boolean has(Map<String, Object> in, String name) {
    Object value = in.get(name);
    return value != null && value != Resource.NULL;
  }
}
