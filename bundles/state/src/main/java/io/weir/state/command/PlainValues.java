package io.weir.state.command;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import io.weir.api.row.ResourceKey;
import io.weir.api.table.Status;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Turns any row into text, numbers, booleans, lists and maps, so that it can be shown. */
final class PlainValues {
  private PlainValues() {}

  static Object of(Object value) {
    if (value == null || value instanceof Number || value instanceof Boolean) {
      return value;
    }
    if (value instanceof Optional<?> optional) {
      return of(optional.orElse(null));
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> plain = new TreeMap<>();
      map.forEach((key, inner) -> plain.put(text(key), of(inner)));
      return plain;
    }
    if (value instanceof Collection<?> collection) {
      List<Object> plain = new ArrayList<>(collection.size());
      collection.forEach(inner -> plain.add(of(inner)));
      return plain;
    }
    return value instanceof Record row && !hasNotation(row) ? components(row) : text(value);
  }

  /** As one word or sentence: keys, and whatever has a notation of its own. */
  static String text(Object value) {
    if (value instanceof Problem problem) {
      return problem.sentence();
    }
    if (value instanceof Enum<?> constant) {
      return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
    if (value instanceof Record row && !hasNotation(row)) {
      List<String> parts = new ArrayList<>();
      components(row).values().forEach(part -> parts.add(String.valueOf(part)));
      return String.join(" ", parts);
    }
    return String.valueOf(value);
  }

  /** {@code done}, {@code pending}, or the sentence of what is wrong. */
  static String status(Status status) {
    return switch (kind(status)) {
      case "failed" -> ((Status.Failed) status).problem().sentence();
      default -> kind(status);
    };
  }

  static String kind(Status status) {
    return status.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  private static boolean hasNotation(Record value) {
    return value instanceof Address
        || value instanceof Prefix
        || value instanceof ResourceKey
        || value instanceof Problem;
  }

  private static Map<String, Object> components(Record row) {
    Map<String, Object> plain = new LinkedHashMap<>();
    for (RecordComponent component : row.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        plain.put(component.getName(), of(component.getAccessor().invoke(row)));
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException("cannot read " + component, e);
      }
    }
    return plain;
  }
}
