package io.weir.datapath;

import io.weir.linux.Bpf;
import io.weir.linux.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Tables of flows change their size while they are in use. What is in force is what place 0 of
 * {@code table4} or {@code table6} refers to; the pin {@code flows4} or {@code flows6} follows it,
 * and a table in the making is pinned as {@code flows4-next}:
 *
 * <pre>
 *   FILLED     next is there, with the entries of the one in force
 *   SWITCHED   one write: the kernel returns from it when no program sees the one before
 *   COMPLETED  next has what was written to the one before meanwhile
 *   PINNED     next has its name
 * </pre>
 *
 * Whoever comes after a crash between two of these finds one or the other in force, and goes on
 * from there ({@link #recover}).
 */
final class FlowTables {
  private static final byte[] PLACE = Revisions.word(0);

  /** What has been done of a change of size. */
  enum Step {
    FILLED,
    SWITCHED,
    COMPLETED,
    PINNED
  }

  private final Bpf bpf;
  private final PinnedMaps maps;
  private final KernelTicks ticks;
  private final BiFunction<String, Integer, BpfMap> make;
  private final Consumer<Step> done;

  /**
   * @param make a new map of a name and number of entries, else as the ABI has it
   * @param done told of each step
   */
  FlowTables(
      Bpf bpf,
      PinnedMaps maps,
      KernelTicks ticks,
      BiFunction<String, Integer, BpfMap> make,
      Consumer<Step> done) {
    this.bpf = bpf;
    this.maps = maps;
    this.ticks = ticks;
    this.make = make;
    this.done = done;
  }

  /**
   * The table in force, of a node of which no more is known than its maps; closed by the caller.
   */
  static Optional<BpfMap> inForce(Bpf bpf, BpfMap table) {
    return table
        .lookup(PLACE)
        .flatMap(id -> bpf.mapById(ByteBuffer.wrap(id).order(ByteOrder.nativeOrder()).getInt()));
  }

  /** Makes the pins what is in force, where a change was not brought to its end. */
  void recover() {
    for (FlowFamily family : FlowFamily.BOTH) {
      Path next = next(family);
      try (BpfMap inForce = inForce(bpf, maps.map(family.table())).orElseThrow()) {
        BpfMap pinned = maps.map(family.flows());
        if (inForce.info().id() != pinned.info().id()) {
          new FlowCopy(pinned, inForce).addWhereRoom(ticks.now());
          Pins.delete(next);
          inForce.pin(next);
          rename(family);
        }
      }
      Pins.delete(next);
    }
  }

  /**
   * Gives a table another size. Where the new one is smaller, those flows stay that were used last.
   *
   * @throws io.weir.linux.LinuxException when there is no memory for the new table; the one in
   *     force stays
   */
  void resize(FlowFamily family, int entries) {
    BpfMap before = maps.map(family.flows());
    if (before.info().maxEntries() == entries) {
      return;
    }
    Path pin = next(family);
    Pins.delete(pin);
    try (BpfMap next = make.apply(family.flows(), entries)) {
      int begun = ticks.now();
      FlowCopy copy = new FlowCopy(before, next);
      next.pin(pin);
      copy.fill(begun);
      done.accept(Step.FILLED);
      maps.map(family.table()).update(PLACE, Revisions.word(next.fd().number()));
      done.accept(Step.SWITCHED);
      copy.addSince(begun);
      done.accept(Step.COMPLETED);
      rename(family);
      done.accept(Step.PINNED);
    }
  }

  private void rename(FlowFamily family) {
    Pins.rename(next(family), maps.pin(family.flows()));
    maps.reopen(family.flows());
  }

  private Path next(FlowFamily family) {
    Path pin = maps.pin(family.flows());
    return pin.resolveSibling(pin.getFileName() + "-next");
  }
}
