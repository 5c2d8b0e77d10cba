package io.weir.manifests.yaml;

import io.weir.api.row.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value of a document, with the line it was written on, from 1. */
public sealed interface Value {
  int line();

  /** What a {@link Resource} holds: immutable maps, lists, text, numbers, booleans, nulls. */
  Object plain();

  /** How a sentence names it: {@code "http!"}, {@code 80}, {@code a list}, {@code nothing}. */
  String described();

  /**
   * A leaf.
   *
   * @param text as it was written, quotes and escapes undone
   * @param quoted whether it was written as text, by quotes, a block or a tag
   * @param plain text, {@code Long}, {@code Double}, {@code Boolean} or {@link Resource#NULL}
   */
  record Scalar(int line, String text, boolean quoted, Object plain) implements Value {
    @Override
    public String described() {
      if (plain == Resource.NULL) {
        return "nothing";
      }
      String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
      return plain instanceof String
          ? '"' + shown.replace("\n", "\\n").replace("\"", "\\\"") + '"'
          : shown;
    }
  }

  /** A sequence. */
  record Items(int line, List<Value> items) implements Value {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public Object plain() {
      List<Object> plain = new ArrayList<>(items.size());
      items.forEach(item -> plain.add(item.plain()));
      return Collections.unmodifiableList(plain);
    }

    @Override
    public String described() {
      return "a list";
    }
  }

  /** A mapping, in the order in which it was written. */
  record Fields(int line, Map<String, Field> fields) implements Value {
    public Fields {
      fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    @Override
    public Map<String, Object> plain() {
      Map<String, Object> plain = new LinkedHashMap<>();
      fields.forEach((name, field) -> plain.put(name, field.value().plain()));
      return Collections.unmodifiableMap(plain);
    }

    @Override
    public String described() {
      return "fields";
    }
  }

  /** A value and the line of its name. */
  record Field(int line, Value value) {}
}
