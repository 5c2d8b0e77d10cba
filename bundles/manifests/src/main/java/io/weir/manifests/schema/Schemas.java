package io.weir.manifests.schema;

import io.weir.manifests.yaml.Value;
import io.weir.manifests.yaml.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The schema files, read once. A file holds {@code types} and {@code kinds}. A type is written as
 * the name of a leaf or of a type; as alternatives, {@code TCP|UDP}; as a list of one, {@code
 * [port]}; as a map, {@code {(label-key): label-value}}; or as fields, of which {@code name!} is
 * required and {@code ...: any} says that there are more.
 */
final class Schemas {
  private static final List<String> FILES =
      List.of(
          "meta.yaml",
          "core.yaml",
          "apps.yaml",
          "discovery.yaml",
          "networking.yaml",
          "cilium.yaml");
  private static final Map<String, Type> TYPES = new HashMap<>();

  static final List<Kind> KINDS = load();
  static final Type METADATA = TYPES.get("metadata");

  private Schemas() {}

  private static List<Kind> load() {
    List<Kind> kinds = new ArrayList<>();
    for (String file : FILES) {
      Map<String, Value> parts =
          fields(YamlReader.read(file, text(file)).get(0).value().orElseThrow());
      for (var type : fields(parts.get("types")).entrySet()) {
        if (TYPES.put(type.getKey(), type(file, type.getValue())) != null) {
          throw broken(file, type.getValue(), "type " + type.getKey() + " is there twice");
        }
      }
      if (parts.containsKey("kinds")) {
        fields(parts.get("kinds"))
            .forEach((name, kind) -> kinds.add(kind(file, name, fields(kind))));
      }
    }
    return List.copyOf(kinds);
  }

  private static Kind kind(String file, String name, Map<String, Value> parts) {
    return new Kind(
        name,
        texts(parts.get("versions")),
        texts(parts.get("plural")).get(0),
        parts.containsKey("short") ? texts(parts.get("short")) : List.of(),
        Boolean.TRUE.equals(parts.get("namespaced").plain()),
        parts.containsKey("strict") ? texts(parts.get("strict")) : List.of(),
        type(file, parts.get("body")));
  }

  private static Type type(String file, Value written) {
    if (written instanceof Value.Scalar scalar) {
      return named(file, scalar);
    }
    if (written instanceof Value.Items items) {
      return new Type.ListOf(type(file, items.items().get(0)));
    }
    Map<String, Value> fields = fields(written);
    String first = fields.isEmpty() ? "" : fields.keySet().iterator().next();
    if (first.startsWith("(")) {
      Type.Leaf name = Leaves.of(first.substring(1, first.length() - 1));
      return new Type.MapOf(name, type(file, fields.get(first)));
    }
    Map<String, Type> types = new LinkedHashMap<>();
    Set<String> required = new HashSet<>();
    fields.forEach(
        (field, value) -> {
          String name = field.endsWith("!") ? field.substring(0, field.length() - 1) : field;
          if (!name.equals("...")) {
            types.put(name, type(file, value));
          }
          if (field.endsWith("!")) {
            required.add(name);
          }
        });
    return new Type.Struct(types, required, fields.containsKey("..."));
  }

  private static Type named(String file, Value.Scalar written) {
    if (written.text().equals("any")) {
      return new Type.Any();
    }
    Type.Leaf leaf = Leaves.of(written.text());
    if (leaf != null) {
      return leaf;
    }
    if (!written.text().matches("[a-z][a-z0-9-]*")) {
      throw broken(file, written, "no type: " + written.text());
    }
    return new Type.Named(written.text(), TYPES);
  }

  private static Map<String, Value> fields(Value value) {
    Map<String, Value> fields = new LinkedHashMap<>();
    if (value instanceof Value.Fields written) {
      written.fields().forEach((name, field) -> fields.put(name, field.value()));
    }
    return fields;
  }

  private static List<String> texts(Value value) {
    return value instanceof Value.Items items
        ? items.items().stream().map(item -> ((Value.Scalar) item).text()).toList()
        : List.of(((Value.Scalar) value).text());
  }

  private static IllegalStateException broken(String file, Value at, String what) {
    return new IllegalStateException("schema " + file + ":" + at.line() + ": " + what);
  }

  private static String text(String file) {
    try (InputStream in = Schemas.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
