package com.example.census;

import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.api.table.Tables;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Counts again whenever a pod comes or goes, or the setting changes. */
@Component(service = CensusController.class, immediate = true)
public final class CensusController {
  static final Setting<Integer> MOST_PODS =
      Setting.number("census-most-pods", 100, 0, 65535, "pods of a namespace that are no crowd");

  private static final String NAME = "com.example.census";

  private final Epoch<String, Census> census;
  private final Settings.View settings;
  private final Loop loop;

  @Activate
  public CensusController(@Reference Tables tables, @Reference Settings declared) {
    census = tables.table(Census.TABLE).write(Owner.of(NAME));
    settings = declared.declare(NAME, this::wake, MOST_PODS);
    loop = tables.loop(NAME, List.of(WeirTables.ENDPOINTS), this::step);
  }

  @Deactivate
  public void stop() {
    settings.close();
    loop.close();
    census.close();
  }

  private void step(Inputs inputs) {
    var endpoints = inputs.snapshot(WeirTables.ENDPOINTS);
    if (endpoints.synced()) { // before, not all are known, and a count would be wrong
      var rows = endpoints.rows().stream().map(Row::value).toList();
      census.set(Counting.count(rows, settings.get(MOST_PODS)));
    }
  }

  private void wake() {
    if (loop != null) { // told before there is a loop: its first step reads the setting
      loop.wake();
    }
  }
}
