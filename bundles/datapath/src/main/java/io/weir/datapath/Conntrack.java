package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.linux.BpfMap;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The flows of one family, as they are in the kernel. They are paired as they are walked, by a
 * look-up each, and nothing is kept of them: a table may hold millions.
 */
record Conntrack(FlowFamily family, BpfMap flows, BpfMap nats) {
  /** Ends a walk. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Enough() {
      super(null, null, false, false);
    }
  }

  /** Shows every flow once, until one of them is answered by false. */
  boolean walk(Predicate<ConntrackFlow> taken) {
    try {
      flows.forEach(
          (key, entry) -> {
            if (!flow(key, entry).map(taken::test).orElse(true)) {
              throw new Enough();
            }
          });
      return true;
    } catch (Enough e) {
      return false;
    }
  }

  /**
   * Takes both entries of a flow away, and its translation where that cuts nobody off. Its end is
   * told before: what the kernel tells of it next is that it was opened anew.
   *
   * @param teller takes {@code struct event6_counts}
   * @return how many entries there were
   */
  int remove(ConntrackFlow flow, Consumer<byte[]> teller) {
    byte[] asked = flow.asked().encode();
    byte[] answers = flow.reached().reverse().encode();
    if (!flow.closed()) {
      Endings endings = new Endings(family, flows, nats, teller);
      flow.forth().ifPresent(entry -> endings.add(asked, entry));
      flow.back().ifPresent(entry -> endings.add(answers, entry));
      endings.tell();
    }
    int removed = 0;
    for (byte[] key : new byte[][] {asked, answers}) {
      removed += flows.delete(key) ? 1 : 0;
      if (!flow.goesOn()) {
        nats.delete(key);
      }
    }
    return removed;
  }

  /** The flow of an entry; of two entries it is the initiator's that is asked. */
  private Optional<ConntrackFlow> flow(byte[] key, byte[] entry) {
    Tuple tuple = Tuple.decode(family, key);
    Tuple out =
        (FlowLayout.flags(entry, 0) & Abi.FLOW_TRANSLATED) == 0
            ? tuple
            : nats.lookup(key).map(tuple::translated).orElse(tuple);
    Optional<byte[]> other = flows.lookup(out.reverse().encode());
    if ((FlowLayout.flags(entry, 0) & Abi.FLOW_INITIATOR) != 0) {
      return Optional.of(new ConntrackFlow(tuple, out, Optional.of(entry), other));
    }
    return other.isPresent() || flows.lookup(key).isEmpty() // gone since it was walked
        ? Optional.empty()
        : Optional.of(
            new ConntrackFlow(
                out.reverse(), tuple.reverse(), Optional.empty(), Optional.of(entry)));
  }
}
