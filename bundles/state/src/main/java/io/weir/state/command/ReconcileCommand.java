package io.weir.state.command;

import io.weir.api.Listing;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import java.util.Map;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

@Command(
    scope = "weir",
    name = "reconcile",
    description = "What is not in force, and why: rows, and loops that are behind.")
@Service
public final class ReconcileCommand implements Action {
  @Reference private Tables tables;

  @Override
  public Object execute() {
    return listing(tables);
  }

  static Listing listing(Tables tables) {
    Listing.Builder listing = Listing.of("table", "key", "reconciler", "status", "reason");
    for (Table<?, ?> table : tables.all()) {
      add(table, listing);
    }
    for (String sentence : tables.unsettled()) {
      int colon = sentence.indexOf(':');
      listing.row("", "", sentence.substring(0, colon), "behind", sentence.substring(colon + 2));
      listing.incomplete();
    }
    return listing.build();
  }

  private static <K, R> void add(Table<K, R> table, Listing.Builder listing) {
    Map<String, K> keys = new TreeMap<>();
    var unreconciled = table.unreconciled();
    unreconciled.keySet().forEach(key -> keys.put(PlainValues.text(key), key));
    keys.forEach(
        (text, key) ->
            unreconciled
                .get(key)
                .forEach(
                    (reconciler, status) -> {
                      String kind = PlainValues.kind(status);
                      String reason =
                          kind.equals("failed") ? PlainValues.status(status) : "not yet reported";
                      listing.row(table.id().name(), text, reconciler, kind, reason);
                      listing.incomplete();
                    }));
  }
}
