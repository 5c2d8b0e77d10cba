package io.weir.state.command;

import io.weir.api.Listing;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

@Command(
    scope = "weir",
    name = "tables",
    description = "Every table: rows, revision, who writes it, what is stale or not yet in force.")
@Service
public final class TablesCommand implements Action {
  @Reference private Tables tables;

  @Override
  public Object execute() {
    return listing(tables.all());
  }

  static Listing listing(Collection<Table<?, ?>> tables) {
    Listing.Builder listing =
        Listing.of("table", "rows", "revision", "synced", "stale", "unreconciled", "owners");
    tables.forEach(table -> add(table, listing));
    return listing.build();
  }

  private static <K, R> void add(Table<K, R> table, Listing.Builder listing) {
    Snapshot<K, R> snapshot = table.snapshot();
    Set<String> owners = new TreeSet<>();
    int stale = 0;
    for (Row<K, R> row : snapshot.rows()) {
      owners.add(row.owner().toString());
      stale += row.stale() ? 1 : 0;
    }
    listing.row(
        table.id().name(),
        snapshot.size(),
        snapshot.revision(),
        snapshot.synced(),
        stale,
        table.unreconciled().size(),
        String.join(" ", owners));
  }
}
