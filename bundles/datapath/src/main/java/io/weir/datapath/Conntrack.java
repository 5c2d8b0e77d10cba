package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.linux.BpfMap;
import java.util.Optional;
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

  /** Takes both entries of a flow away and its translation; how many entries there were. */
  int remove(ConntrackFlow flow) {
    Tuple answers = flow.reached().reverse();
    int removed = 0;
    for (Tuple direction : new Tuple[] {flow.asked(), answers}) {
      byte[] key = direction.encode();
      nats.delete(key);
      removed += flows.delete(key) ? 1 : 0;
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
