package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.table.Epoch;
import io.weir.api.table.FencedException;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.api.table.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** One thread does random things to a table and to its model; the two must never differ. */
final class TableProperties {
  private static final List<Owner> OWNERS =
      List.of(Owner.of("io.weir.a"), Owner.of("io.weir.b"), new Owner("io.weir.b", "file"));
  private static final int STEPS = 120;

  /** An epoch of the table and its number in the model. */
  private record Turn(Owner owner, int number, Epoch<String, String> epoch) {
    @Override
    public String toString() {
      return owner + "#" + number;
    }
  }

  private final Random random;
  private final Table<String, String> table;
  private final TableModel model;
  private final List<Turn> turns = new ArrayList<>();
  private final List<String> done = new ArrayList<>();

  private TableProperties(long seed, boolean shared, Exactness exactness) {
    random = new Random(seed);
    table = new TableStore(exactness).table(TablePropertyTest.id(shared));
    model = new TableModel(shared);
  }

  /** Throws an {@link AssertionError} that tells what was done when the two differ. */
  static void check(long seed, boolean shared, Exactness exactness) {
    TableProperties properties = new TableProperties(seed, shared, exactness);
    for (int i = 0; i < STEPS; i++) {
      properties.step();
    }
  }

  private void step() {
    int choice = random.nextInt(20);
    if (turns.isEmpty() || choice < 2) {
      begin(OWNERS.get(random.nextInt(OWNERS.size())));
      return;
    }
    int newest = turns.size() - 1;
    Turn turn = turns.get(random.nextBoolean() ? newest : random.nextInt(turns.size()));
    Owner owner = turn.owner;
    int number = turn.number;
    String key = "k" + random.nextInt(6);
    String value = "v" + random.nextInt(3);
    if (choice < 10) {
      both(
          turn + " puts " + key + "=" + value,
          () -> model.put(owner, number, key, value),
          () -> turn.epoch.put(key, value));
    } else if (choice < 13) {
      both(
          turn + " removes " + key,
          () -> model.remove(owner, number, key),
          () -> turn.epoch.remove(key));
    } else if (choice < 16) {
      both(turn + " synced", () -> model.synced(owner, number), turn.epoch::synced);
    } else if (choice < 19) {
      Map<String, String> rows = someRows();
      both(
          turn + " sets " + rows, () -> model.set(owner, number, rows), () -> turn.epoch.set(rows));
    } else {
      both(turn + " closes", () -> model.close(owner, number), turn.epoch::close);
    }
  }

  private void begin(Owner owner) {
    int[] number = {0};
    List<Epoch<String, String>> epoch = new ArrayList<>();
    both(
        owner + " begins",
        () -> number[0] = model.begin(owner),
        () -> epoch.add(table.write(owner)));
    if (!epoch.isEmpty()) {
      turns.add(new Turn(owner, number[0], epoch.get(0)));
    }
  }

  private void both(String what, Runnable onModel, Runnable onTable) {
    String expected = outcome(onModel);
    done.add(what + ": " + expected);
    assertThat(outcome(onTable)).as("outcome after %s", done).isEqualTo(expected);
    Map<String, Row<String, String>> rows =
        table.snapshot().rows().stream().collect(Collectors.toMap(Row::key, row -> row));
    assertThat(withoutRevisions(rows))
        .as("rows after %s", done)
        .isEqualTo(withoutRevisions(model.rows()));
    assertThat(table.snapshot().revision())
        .as("revision after %s", done)
        .isEqualTo(model.revision());
    assertThat(table.snapshot().size()).as("size after %s", done).isEqualTo(rows.size());
    assertThat(table.snapshot().synced()).as("synced after %s", done).isEqualTo(model.synced());
  }

  /** The order of revisions of rows that are set together is free. */
  private static Map<String, Row<String, String>> withoutRevisions(
      Map<String, Row<String, String>> rows) {
    Map<String, Row<String, String>> without = new HashMap<>();
    rows.forEach(
        (key, row) -> without.put(key, new Row<>(key, row.value(), row.owner(), 0, row.stale())));
    return without;
  }

  private Map<String, String> someRows() {
    Map<String, String> rows = new HashMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      rows.put("k" + random.nextInt(6), "v" + random.nextInt(3));
    }
    return rows;
  }

  private static String outcome(Runnable action) {
    try {
      action.run();
      return "done";
    } catch (FencedException e) {
      return "fenced";
    } catch (IllegalStateException e) {
      return "refused";
    }
  }
}
