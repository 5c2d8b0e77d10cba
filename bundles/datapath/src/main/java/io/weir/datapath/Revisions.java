package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.linux.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.TreeSet;

/**
 * The revisions of slots and services. What is to be raised is collected while maps are written,
 * and raised afterwards: a flow that was decided by what has been replaced is then decided anew.
 */
final class Revisions {
  private final BpfMap map;
  private final Set<Integer> due = new TreeSet<>();

  Revisions(BpfMap map) {
    this.map = map;
  }

  void raiseSlot(int slot) {
    if (slot != 0) {
      due.add(slot);
    }
  }

  void raiseService(int service) {
    due.add(Abi.SERVICE_REVISIONS + service);
  }

  /** Raises what has been asked for since the last call, and before it that anything has been. */
  void flush() {
    if (!due.isEmpty()) {
      raise(Abi.ANY_REVISION);
    }
    due.forEach(this::raise);
    due.clear();
  }

  private void raise(int index) {
    byte[] key = word(index);
    int revision = map.lookup(key).map(Revisions::number).orElse(0);
    map.update(key, word(revision + 1));
  }

  static byte[] word(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  static int number(byte[] value) {
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt();
  }
}
