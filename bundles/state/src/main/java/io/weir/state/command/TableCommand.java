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
import org.apache.karaf.shell.support.CommandException;

@Command(
    scope = "weir",
    name = "table",
    description = "The rows of any table, with their owner, revision and status.")
@Service
public final class TableCommand implements Action {
  private static final String KEY = "--key";

  @Argument(
      name = "NAME [TEXT]",
      description = "as weir tables shows it; only rows whose key contains the text",
      required = true,
      multiValued = true)
  private List<String> words = List.of();

  @Option(name = KEY, description = "the text")
  private String key = "";

  @Reference private Tables tables;

  @Override
  public Object execute() throws CommandException {
    Asked asked = Asked.of(words, key);
    return listing(tables, asked.name(), asked.key());
  }

  /**
   * @param key what keys of rows contain
   */
  record Asked(String name, String key) {
    /** The shell takes no option after the first word; here one may stand anywhere. */
    static Asked of(List<String> words, String key) throws CommandException {
      List<String> plain = new ArrayList<>();
      String text = key;
      for (int i = 0; i < words.size(); i++) {
        String word = words.get(i);
        boolean before = !text.isEmpty() || plain.size() > 1;
        if (word.startsWith(KEY + "=") && !before) {
          text = word.substring(KEY.length() + 1);
        } else if (word.equals(KEY) && i + 1 < words.size() && !before) {
          text = words.get(++i);
        } else {
          plain.add(word);
        }
      }
      boolean twice = plain.size() == 2 && !text.isEmpty();
      if (plain.isEmpty()
          || plain.size() > 2
          || twice
          || plain.stream().anyMatch(word -> word.startsWith("-"))) {
        throw new CommandException("expected NAME [TEXT], got \"" + String.join(" ", words) + '"');
      }
      return new Asked(plain.get(0), plain.size() > 1 ? plain.get(1) : text);
    }
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
