package io.weir.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a console command returns: rows for people and for programs. The console prints it as an
 * aligned table, or with {@code -o json} as an array of objects.
 *
 * @param columns names in order, as the keys of JSON: lower case, hyphens; shown in capitals
 * @param rows values in the order of the columns: text, numbers, booleans, null, lists and maps of
 *     these
 * @param complete false makes the command exit with 1, as {@code weir status} does when something
 *     is not in force
 */
public record Listing(List<String> columns, List<List<Object>> rows, boolean complete) {
  public Listing {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
  }

  public static Builder of(String... columns) {
    return new Builder(List.of(columns));
  }

  /** The rows as maps, for JSON. */
  public List<Map<String, Object>> objects() {
    List<Map<String, Object>> objects = new ArrayList<>(rows.size());
    for (List<Object> row : rows) {
      Map<String, Object> object = new LinkedHashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        object.put(columns.get(i), row.get(i));
      }
      objects.add(object);
    }
    return objects;
  }

  /** Collects rows. */
  public static final class Builder {
    private final List<String> columns;
    private final List<List<Object>> rows = new ArrayList<>();
    private boolean complete = true;

    private Builder(List<String> columns) {
      this.columns = columns;
    }

    public Builder row(Object... values) {
      if (values.length != columns.size()) {
        throw new IllegalArgumentException(
            "expected " + columns.size() + " values, got " + values.length);
      }
      List<Object> row = new ArrayList<>(values.length);
      for (Object value : values) {
        row.add(value);
      }
      rows.add(java.util.Collections.unmodifiableList(row));
      return this;
    }

    public Builder incomplete() {
      complete = false;
      return this;
    }

    public Listing build() {
      return new Listing(columns, rows, complete);
    }
  }
}
