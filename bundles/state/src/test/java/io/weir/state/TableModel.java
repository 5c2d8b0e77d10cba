package io.weir.state;

import io.weir.api.table.FencedException;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What a table promises, said a second time and without regard to cost or threads. */
final class TableModel {
  private record Held(String value, Owner owner, long revision) {}

  private static final class Turn {
    private final int number;
    private final Set<String> written = new HashSet<>();
    private boolean open = true;
    private boolean synced;

    Turn(int number) {
      this.number = number;
    }
  }

  private final boolean shared;
  private final Map<String, Held> rows = new HashMap<>();
  private final Map<Owner, Turn> turns = new HashMap<>();
  private final Set<Owner> writers = new HashSet<>();
  private final Set<Owner> onceSynced = new HashSet<>();
  private long revision;
  private int number;

  TableModel(boolean shared) {
    this.shared = shared;
  }

  /** Begins an epoch; returns its number. */
  int begin(Owner owner) {
    if (!shared
        && turns.entrySet().stream()
            .anyMatch(e -> e.getValue().open && !e.getKey().equals(owner))) {
      throw new IllegalStateException("another owner's epoch is open");
    }
    turns.put(owner, new Turn(++number));
    writers.add(owner);
    return number;
  }

  void put(Owner owner, int epoch, String key, String value) {
    turn(owner, epoch).written.add(key);
    Held was = rows.get(key);
    boolean same = was != null && was.value.equals(value);
    rows.put(key, new Held(value, owner, same ? was.revision : ++revision));
    turns.forEach(
        (other, turn) -> {
          if (!other.equals(owner)) {
            turn.written.remove(key);
          }
        });
  }

  void remove(Owner owner, int epoch, String key) {
    turn(owner, epoch).written.remove(key);
    Held was = rows.get(key);
    if (was != null && (!shared || was.owner.equals(owner))) {
      rows.remove(key);
      revision++;
    }
  }

  void synced(Owner owner, int epoch) {
    Turn turn = turn(owner, epoch);
    if (!turn.synced) {
      takeAwayAllBut(owner, turn.written);
    }
    turn.synced = true;
    onceSynced.add(owner);
    if (!shared) {
      onceSynced.addAll(writers);
    }
  }

  void set(Owner owner, int epoch, Map<String, String> content) {
    turn(owner, epoch);
    content.forEach((key, value) -> put(owner, epoch, key, value));
    takeAwayAllBut(owner, content.keySet());
    synced(owner, epoch);
  }

  void close(Owner owner, int epoch) {
    Turn turn = turns.get(owner);
    if (turn.number == epoch) {
      turn.open = false;
    }
  }

  Map<String, Row<String, String>> rows() {
    Map<String, Row<String, String>> all = new HashMap<>();
    rows.forEach(
        (key, held) -> {
          Turn turn = turns.get(held.owner);
          boolean stale = !turn.open || !turn.synced && !turn.written.contains(key);
          all.put(key, new Row<>(key, held.value, held.owner, held.revision, stale));
        });
    return all;
  }

  /** Values only: revisions of rows that are set or swept together may be given in any order. */
  Map<String, String> values() {
    Map<String, String> all = new HashMap<>();
    rows.forEach((key, held) -> all.put(key, held.value));
    return all;
  }

  long revision() {
    return revision;
  }

  boolean synced() {
    return !writers.isEmpty() && onceSynced.containsAll(writers);
  }

  private Turn turn(Owner owner, int epoch) {
    Turn turn = turns.get(owner);
    if (turn.number != epoch) {
      throw new FencedException(TablePropertyTest.id(shared), owner);
    }
    if (!turn.open) {
      throw new IllegalStateException("closed");
    }
    return turn;
  }

  private void takeAwayAllBut(Owner owner, Set<String> kept) {
    int before = rows.size();
    rows.entrySet()
        .removeIf(
            row -> (!shared || row.getValue().owner.equals(owner)) && !kept.contains(row.getKey()));
    revision += before - rows.size();
  }
}
