package io.weir.identity.command;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.row.Identity;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Tables;
import java.util.List;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Lists identities, or one of them, with their labels. */
@Service
@Command(scope = "weir", name = "identities", description = "Identities: numbers and their labels")
public final class IdentitiesCommand implements Action {
  @Argument(name = "NUMBER", description = "only this one")
  private Integer number;

  @Reference private Tables tables;

  @Override
  public Object execute() {
    TreeMap<Integer, Identity> identities = new TreeMap<>(Integer::compareUnsigned);
    for (Row<Integer, Identity> row : tables.table(WeirTables.IDENTITIES).snapshot().rows()) {
      identities.put(row.key(), row.value());
    }
    if (number != null && !identities.containsKey(number)) {
      throw Problem.of("identity " + number, "an identity's number", "none that is in use")
          .remedy("list them by weir identities")
          .asException();
    }
    Listing.Builder listing = Listing.of("number", "labels");
    identities.values().stream()
        .filter(identity -> number == null || identity.number() == number)
        .forEach(identity -> listing.row(identity.number(), labels(identity)));
    return listing.build();
  }

  private static List<String> labels(Identity identity) {
    return identity.labels().entrySet().stream()
        .map(label -> label.getValue().isEmpty() ? label.getKey() : label.toString())
        .toList();
  }
}
