package io.weir.state;

import io.weir.api.table.Epoch;
import io.weir.api.table.FencedException;
import io.weir.api.table.Owner;
import io.weir.api.table.Reporter;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Status;
import io.weir.api.table.Table;
import io.weir.api.table.TableId;
import io.weir.state.Version.OwnerState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * A table. Writers take its monitor, make a new {@link Version} and publish it; readers read the
 * newest one without any lock. Followers compare versions, so that a write costs the same however
 * many there are.
 */
final class StoredTable<K, R> implements Table<K, R> {
  /** Marks of removed rows are looked through when there are as many, and more than rows. */
  private static final int FEW_MARKS = 1024;

  private final TableId<K, R> id;
  private final Exactness exactness;
  private final Reconcilers<K, R> reconcilers = new Reconcilers<>(this);
  private final List<Follower<K, R>> followers = new CopyOnWriteArrayList<>();
  private final List<LoopThread> loops = new CopyOnWriteArrayList<>();

  private volatile Version<K, R> current = Version.empty();
  private int lastEpoch;
  private int marks;
  private int marksWanted = FEW_MARKS;
  private boolean dropped;

  StoredTable(TableId<K, R> id, Exactness exactness) {
    this.id = id;
    this.exactness = exactness;
  }

  @Override
  public TableId<K, R> id() {
    return id;
  }

  @Override
  public Snapshot<K, R> snapshot() {
    return current;
  }

  Version<K, R> current() {
    return current;
  }

  @Override
  public Reporter<K> reporter(String reconciler) {
    return reporter(reconciler, key -> true);
  }

  @Override
  public Reporter<K> reporter(String reconciler, Predicate<? super K> its) {
    return reconcilers.register(reconciler, its);
  }

  @Override
  public Map<K, Map<String, Status>> unreconciled() {
    return reconcilers.unreconciled();
  }

  @Override
  public Map<String, Status> status(K key) {
    return reconcilers.status(key);
  }

  Reconcilers<K, R> reconcilers() {
    return reconcilers;
  }

  @Override
  public synchronized Epoch<K, R> write(Owner owner) {
    Objects.requireNonNull(owner);
    refuseWhenDropped();
    if (!id.shared()) {
      refuseBesideAnother(owner);
    }
    Map<Owner, OwnerState> owners = new HashMap<>(current.owners());
    OwnerState before = owners.get(owner);
    int epoch = ++lastEpoch;
    owners.put(owner, new OwnerState(epoch, true, false, before != null && before.everSynced()));
    Edit edit = new Edit();
    edit.owners(owners);
    if (exactness.sweepsAtBegin()) {
      edit.sweep(owner, epoch);
    }
    edit.publish();
    return new StoredEpoch<>(this, owner, epoch);
  }

  synchronized void put(Owner owner, int epoch, K key, R row) {
    refuseWhenFenced(owner, epoch);
    Edit edit = new Edit();
    edit.put(owner, epoch, key, row);
    edit.publish();
  }

  synchronized void remove(Owner owner, int epoch, K key) {
    refuseWhenFenced(owner, epoch);
    Edit edit = new Edit();
    edit.remove(owner, key);
    edit.publish();
  }

  synchronized void synced(Owner owner, int epoch) {
    refuseWhenFenced(owner, epoch);
    Edit edit = new Edit();
    edit.synced(owner, epoch);
    edit.publish();
  }

  synchronized void set(Owner owner, int epoch, Map<K, R> rows) {
    refuseWhenFenced(owner, epoch);
    Edit edit = new Edit();
    rows.forEach((key, row) -> edit.put(owner, epoch, key, row));
    edit.keepOnly(owner, rows);
    edit.synced(owner, epoch);
    edit.publish();
  }

  synchronized void close(Owner owner, int epoch) {
    OwnerState state = current.owners().get(owner);
    if (dropped || state == null || state.epoch() != epoch || !state.open()) {
      return;
    }
    Edit edit = new Edit();
    Map<Owner, OwnerState> owners = new HashMap<>(current.owners());
    owners.put(owner, new OwnerState(epoch, false, state.swept(), state.everSynced()));
    edit.owners(owners);
    edit.publish();
  }

  /** Forgets rows, followers and reports: nothing of the row's classes is held any more. */
  synchronized void drop() {
    dropped = true;
    current =
        new Version<>(Trie.empty(), 0, current.revision(), current.sequence(), Map.of(), false);
    reconcilers.clear();
    followers.clear();
  }

  /** Adds a loop's place; the loop is woken by every change from now on. */
  synchronized void follow(Follower<K, R> follower, LoopThread loop) {
    followers.add(follower);
    loops.add(loop);
  }

  synchronized void unfollow(Follower<K, R> follower, LoopThread loop) {
    followers.remove(follower);
    loops.remove(loop);
  }

  private void refuseBesideAnother(Owner owner) {
    current
        .owners()
        .forEach(
            (other, state) -> {
              if (state.open() && !other.equals(owner)) {
                throw new IllegalStateException(
                    "table %s: expected no other writer, %s is writing; it is not shared, so one epoch must end before another owner's begins"
                        .formatted(id, other));
              }
            });
  }

  private void refuseWhenDropped() {
    if (dropped) {
      throw new IllegalStateException(
          "table %s: it went with the bundle that its row type came from".formatted(id));
    }
  }

  private void refuseWhenFenced(Owner owner, int epoch) {
    refuseWhenDropped();
    OwnerState state = current.owners().get(owner);
    if (exactness.fenced(epoch, state.epoch())) {
      throw new FencedException(id, owner);
    }
    if (!state.open()) {
      throw new IllegalStateException("table %s: this epoch of %s is closed".formatted(id, owner));
    }
  }

  /** One change of the table, made under its monitor and seen by readers when it is published. */
  private final class Edit {
    private Trie<K, R> entries = current.entries();
    private int size = current.size();
    private long revision = current.revision();
    private boolean synced = current.synced();
    private Map<Owner, OwnerState> owners = current.owners();

    void owners(Map<Owner, OwnerState> after) {
      owners = after;
      synced = !after.isEmpty() && after.values().stream().allMatch(OwnerState::everSynced);
    }

    void put(Owner owner, int epoch, K key, R row) {
      Objects.requireNonNull(row, "row");
      Entry<K, R> was = entries.get(key);
      boolean live = was != null && was.live();
      if (live && was.value.equals(row)) {
        if (was.epoch != epoch || !was.owner.equals(owner)) {
          entries = entries.put(was.confirmed(owner, epoch));
        }
        return;
      }
      entries = entries.put(Entry.written(key, row, owner, ++revision, epoch));
      size += live ? 0 : 1;
      marks -= was != null && !live ? 1 : 0;
    }

    void remove(Owner owner, K key) {
      Entry<K, R> was = entries.get(key);
      if (was != null && was.live() && owns(owner, was)) {
        bury(was);
      }
    }

    /** Takes away what {@code owner} has not written in {@code epoch}. */
    void sweep(Owner owner, int epoch) {
      buryAll(entry -> owns(owner, entry) && entry.epoch != epoch);
    }

    void keepOnly(Owner owner, Map<K, R> rows) {
      buryAll(entry -> owns(owner, entry) && !rows.containsKey(entry.key));
    }

    void synced(Owner owner, int epoch) {
      OwnerState state = owners.get(owner);
      if (state.swept()) {
        return;
      }
      sweep(owner, epoch);
      Map<Owner, OwnerState> after = new HashMap<>(owners);
      if (!id.shared()) {
        after.replaceAll((predecessor, its) -> its.succeeded());
      }
      after.put(owner, new OwnerState(state.epoch(), state.open(), true, true));
      owners(after);
    }

    void publish() {
      boolean told = revision != current.revision() || synced && !current.synced();
      long sequence = current.sequence() + (told ? 1 : 0);
      current = new Version<>(entries, size, revision, sequence, owners, synced);
      if (told) {
        loops.forEach(LoopThread::signal);
      }
      if (marks >= marksWanted) {
        forgetMarks();
      }
    }

    private boolean owns(Owner owner, Entry<K, R> entry) {
      return !id.shared() || entry.owner.equals(owner);
    }

    private void buryAll(Predicate<Entry<K, R>> which) {
      List<Entry<K, R>> going = new ArrayList<>();
      entries.forEach(
          entry -> {
            if (entry.live() && which.test(entry)) {
              going.add(entry);
            }
          });
      going.forEach(this::bury);
    }

    private void bury(Entry<K, R> was) {
      entries = entries.put(was.removed(++revision));
      size--;
      marks++;
      reconcilers.forget(was.key);
    }
  }

  /** Drops the marks of removed rows that no follower has ever seen, or has been told of. */
  private void forgetMarks() {
    List<K> unseen = new ArrayList<>();
    int[] kept = {0};
    current
        .entries()
        .forEach(
            entry -> {
              if (entry.live()) {
                return;
              }
              if (followers.stream().anyMatch(follower -> follower.hasSeen(entry.key))) {
                kept[0]++;
              } else {
                unseen.add(entry.key);
              }
            });
    Trie<K, R> entries = current.entries();
    for (K key : unseen) {
      entries = entries.remove(key);
    }
    Version<K, R> was = current;
    current =
        new Version<>(
            entries, was.size(), was.revision(), was.sequence(), was.owners(), was.synced());
    marks = kept[0];
    marksWanted = Math.max(FEW_MARKS, Math.max(2 * kept[0], current.size()));
  }
}
