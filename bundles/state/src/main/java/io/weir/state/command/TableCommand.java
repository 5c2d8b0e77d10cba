package io.weir.state.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.table.Row;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

@Command(
    scope = "weir",
    name = "table",
    description = "The rows of any table, with their owner, revision and status.")
@Service
public final class TableCommand implements Action {
  @Argument(name = "NAME", description = "as weir tables shows it", required = true)
  private String name;

  @Option(name = "--key", description = "only rows whose key contains this text")
  private String key = "";

  @Reference private Tables tables;

  @Override
  public Object execute() {
    return listing(tables, name, key);
  }

  static Listing listing(Tables tables, String name, String key) {
    for (Table<?, ?> table : tables.all()) {
      if (table.id().name().equals(name)) {
        return rows(table, key);
      }
    }
    throw Problem.of("table " + name, "a table of this engine", "none of this name")
        .remedy("weir tables lists those there are")
        .asException();
  }

  private static <K, R> Listing rows(Table<K, R> table, String key) {
    List<Row<K, R>> rows = new ArrayList<>();
    for (Row<K, R> row : table.snapshot().rows()) {
      if (PlainValues.text(row.key()).contains(key)) {
        rows.add(row);
      }
    }
    rows.sort(byKey());
    Listing.Builder listing = Listing.of("key", "revision", "owner", "stale", "status", "value");
    for (Row<K, R> row : rows) {
      Map<String, String> status = new TreeMap<>();
      table.status(row.key()).forEach((who, what) -> status.put(who, PlainValues.status(what)));
      listing.row(
          PlainValues.text(row.key()),
          row.revision(),
          row.owner().toString(),
          row.stale(),
          status,
          PlainValues.of(row.value()));
    }
    return listing.build();
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static <K, R> Comparator<Row<K, R>> byKey() {
    return (one, two) ->
        one.key() instanceof Comparable comparable
            ? comparable.compareTo(two.key())
            : PlainValues.text(one.key()).compareTo(PlainValues.text(two.key()));
  }
}
