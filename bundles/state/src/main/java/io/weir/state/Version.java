package io.weir.state;

import io.weir.api.table.Change;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A table as it was at one moment; the snapshot that readers get.
 *
 * @param entries rows, and marks of removed ones
 * @param size how many rows
 * @param sequence grows by whatever followers are woken for: revisions, and an owner's first {@code
 *     synced}
 * @param owners everyone that has begun an epoch here
 */
record Version<K, R>(
    Trie<K, R> entries,
    int size,
    long revision,
    long sequence,
    Map<Owner, OwnerState> owners,
    boolean synced)
    implements Snapshot<K, R> {

  /**
   * Where an owner stands.
   *
   * @param epoch the number of its newest epoch
   * @param open whether that one has not been closed
   * @param swept whether that one has synced
   * @param everSynced whether any of its epochs has, or that of its successor
   */
  record OwnerState(int epoch, boolean open, boolean swept, boolean everSynced) {
    OwnerState succeeded() {
      return new OwnerState(epoch, open, swept, true);
    }

    boolean stale(Entry<?, ?> entry) {
      return !open || entry.epoch < epoch && !swept;
    }
  }

  static <K, R> Version<K, R> empty() {
    return new Version<>(Trie.empty(), 0, 0, 0, Map.of(), false);
  }

  @Override
  public Optional<R> get(K key) {
    Entry<K, R> entry = entries.get(key);
    return entry == null ? Optional.empty() : Optional.ofNullable(entry.value);
  }

  @Override
  public Optional<Row<K, R>> row(K key) {
    Entry<K, R> entry = entries.get(key);
    return entry == null || !entry.live() ? Optional.empty() : Optional.of(row(entry));
  }

  @Override
  public Collection<Row<K, R>> rows() {
    return new Rows();
  }

  /** What this has that {@code before} has not, in revision order. */
  List<Change<K, R>> since(Version<K, R> before) {
    List<Change<K, R>> changes = new ArrayList<>();
    before.entries.difference(
        entries,
        (was, is) -> {
          boolean wasThere = was != null && was.live();
          boolean isThere = is != null && is.live();
          if (wasThere || isThere) {
            changes.add(
                new Change<>(
                    is == null ? was.key : is.key,
                    wasThere ? Optional.of(was.value) : Optional.empty(),
                    isThere ? Optional.of(is.value) : Optional.empty(),
                    is == null ? revision : is.revision));
          }
        });
    changes.sort(Comparator.comparingLong(Change::revision));
    return changes;
  }

  private Row<K, R> row(Entry<K, R> entry) {
    OwnerState state = owners.get(entry.owner);
    boolean stale = state == null || state.stale(entry);
    return new Row<>(entry.key, entry.value, entry.owner, entry.revision, stale);
  }

  private final class Rows extends AbstractCollection<Row<K, R>> {
    @Override
    public int size() {
      return size;
    }

    @Override
    public Iterator<Row<K, R>> iterator() {
      Iterator<Entry<K, R>> all = entries.iterator();
      return new Iterator<>() {
        private Entry<K, R> next = live();

        private Entry<K, R> live() {
          while (all.hasNext()) {
            Entry<K, R> entry = all.next();
            if (entry.live()) {
              return entry;
            }
          }
          return null;
        }

        @Override
        public boolean hasNext() {
          return next != null;
        }

        @Override
        public Row<K, R> next() {
          if (next == null) {
            throw new NoSuchElementException();
          }
          Row<K, R> row = row(next);
          next = live();
          return row;
        }
      };
    }
  }
}
