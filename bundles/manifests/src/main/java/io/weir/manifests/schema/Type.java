package io.weir.manifests.schema;

import io.weir.manifests.yaml.Value;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** What may stand in one place of a resource. */
sealed interface Type {
  /** As a noun phrase, after "expected". */
  String expected();

  /** Whatever it is. */
  record Any() implements Type {
    @Override
    public String expected() {
      return "anything";
    }
  }

  /**
   * A leaf.
   *
   * @param text whether text is what is wanted, so that an unquoted number or boolean only lacks
   *     quotes
   */
  record Leaf(String expected, boolean text, Predicate<Value.Scalar> fits) implements Type {}

  /** A list of one type. */
  record ListOf(Type item) implements Type {
    @Override
    public String expected() {
      return "a list";
    }
  }

  /** Names of the user's choice. */
  record MapOf(Leaf name, Type value) implements Type {
    @Override
    public String expected() {
      return "fields";
    }
  }

  /**
   * Named fields.
   *
   * @param open whether there are more, of which Weir does not know
   */
  record Struct(Map<String, Type> fields, Set<String> required, boolean open) implements Type {
    public Struct {
      fields = new TreeMap<>(fields);
      required = new TreeSet<>(required);
    }

    @Override
    public String expected() {
      return fields.isEmpty() ? "fields" : "fields (" + String.join(", ", fields.keySet()) + ")";
    }
  }

  /** A type of the schema files, by name: types may contain themselves. */
  record Named(String name, Map<String, Type> types) implements Type {
    Type type() {
      return types.get(name);
    }

    @Override
    public String expected() {
      return type().expected();
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
