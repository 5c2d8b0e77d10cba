package io.weir.console.command;

import io.weir.api.Listing;
import io.weir.api.table.Table;
import io.weir.console.swap.Health;
import io.weir.console.swap.SwapBook;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.osgi.framework.Bundle;

/** Rows of {@code weir bundle list}: bundles, and owners of rows whose bundle is not there. */
final class BundleList {
  private BundleList() {}

  static Listing listing(
      Bundles bundles,
      Collection<Table<?, ?>> tables,
      Function<String, Optional<SwapBook.Entry>> last) {
    Listing.Builder listing =
        Listing.of(
            "id", "bundle", "version", "state", "stale", "swapped", "from", "to", "result", "why");
    Map<String, Integer> stale = stale(tables);
    for (Bundle bundle : bundles.all()) {
      List<String> faults = bundles.faults(bundle);
      String name = bundle.getSymbolicName();
      Integer rows = stale.remove(name);
      Optional<SwapBook.Entry> swap = last.apply(name);
      listing.row(
          bundle.getBundleId(),
          name,
          Bundles.version(bundle),
          Bundles.state(bundle),
          rows == null ? 0 : rows,
          swap.map(SwapBook.Entry::when).orElse(""),
          swap.map(SwapBook.Entry::from).orElse(""),
          swap.map(SwapBook.Entry::to).orElse(""),
          swap.map(SwapBook.Entry::result).orElse(""),
          String.join("; ", faults));
      if (!faults.isEmpty()) {
        listing.incomplete();
      }
    }
    stale.forEach(
        (owner, rows) -> {
          listing.row(
              "",
              owner,
              "",
              "gone",
              rows,
              "",
              "",
              "",
              "",
              "its rows stay in force until it is back");
          listing.incomplete();
        });
    return listing.build();
  }

  /** How many rows are stale, by the bundle that wrote them. */
  static Map<String, Integer> stale(Collection<Table<?, ?>> tables) {
    Map<String, Integer> stale = new TreeMap<>();
    for (Table<?, ?> table : tables) {
      Health.stale(table).forEach((owner, rows) -> stale.merge(owner, rows, Integer::sum));
    }
    return stale;
  }
}
