package com.example.census.command;

import com.example.census.Census;
import io.weir.api.Listing;
import io.weir.api.table.Tables;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Lists namespaces with their pods. */
@Service
@Command(scope = "weir", name = "census", description = "Pods of this node, by namespace")
public final class CensusCommand implements Action {
  @Reference private Tables tables;

  @Override
  public Object execute() {
    TreeMap<String, Census> census = new TreeMap<>();
    tables.table(Census.TABLE).snapshot().rows().forEach(row -> census.put(row.key(), row.value()));
    Listing.Builder listing = Listing.of("namespace", "pods", "crowded");
    census.forEach((namespace, row) -> listing.row(namespace, row.pods(), row.crowded()));
    return listing.build();
  }
}
