package io.weir.services;

import io.weir.api.row.Resource;
import java.util.List;
import java.util.Map;

/** A part of a checked body, whose types are known: what is absent or null is empty. */
record Fields(Map<String, Object> values) {
  static Fields of(Resource resource) {
    return new Fields(resource.body());
  }

  Fields fields(String name) {
    return cast(values.get(name));
  }

  /** The structs of a list. */
  List<Fields> structs(String name) {
    return list(name).stream().map(Fields::cast).toList();
  }

  List<String> texts(String name) {
    return list(name).stream().map(String.class::cast).toList();
  }

  String text(String name, String otherwise) {
    return values.get(name) instanceof String text ? text : otherwise;
  }

  int number(String name) {
    return values.get(name) instanceof Long number ? Math.toIntExact(number) : 0;
  }

  boolean flag(String name, boolean otherwise) {
    return values.get(name) instanceof Boolean flag ? flag : otherwise;
  }

  private List<?> list(String name) {
    return values.get(name) instanceof List<?> list ? list : List.of();
  }

  @SuppressWarnings("unchecked")
  private static Fields cast(Object value) {
    return new Fields(value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of());
  }
}
