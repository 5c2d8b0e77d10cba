package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Tables;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/** Names of pods, {@code NAMESPACE/NAME}, by the host side of their interface. */
public record PodNames(Map<Integer, String> names) implements IntFunction<Optional<String>> {
  static PodNames of(Tables tables) {
    Map<Integer, String> names = new HashMap<>();
    tables
        .table(WeirTables.ENDPOINTS)
        .snapshot()
        .rows()
        .forEach(row -> names.put(row.value().hostIfindex(), name(row.value())));
    return new PodNames(names);
  }

  /** The same by each of their addresses. */
  public static Map<Address, String> byAddress(Tables tables) {
    Map<Address, String> names = new HashMap<>();
    tables
        .table(WeirTables.ENDPOINTS)
        .snapshot()
        .rows()
        .forEach(
            row ->
                row.value().addresses().forEach(address -> names.put(address, name(row.value()))));
    return names;
  }

  private static String name(Endpoint endpoint) {
    return endpoint.namespace() + "/" + endpoint.pod();
  }

  @Override
  public Optional<String> apply(int ifindex) {
    return Optional.ofNullable(names.get(ifindex));
  }
}
