package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import java.util.Optional;

/**
 * A flow of the kernel's table, both its directions. One entry may have been evicted.
 *
 * @param asked as its initiator addressed it
 * @param reached as it went on; another where it is translated
 * @param forth the initiator's entry
 * @param back the other's
 */
record ConntrackFlow(Tuple asked, Tuple reached, Optional<byte[]> forth, Optional<byte[]> back) {
  boolean translated() {
    return !asked.equals(reached);
  }

  /** {@code forwarded}, or {@code audit}: denied, but only told. What is denied has no entry. */
  String verdict() {
    return (flags() & Abi.FLOW_AUDIT) != 0 ? "audit" : "forwarded";
  }

  /** How far it has come: {@code enum flow_state}, in the words of the settings of its time. */
  String state() {
    return FlowTimes.name(FlowLayout.state(any(), 0));
  }

  /** Told as closed or reset. */
  boolean closed() {
    return (flags() & Abi.FLOW_CLOSED) != 0;
  }

  /**
   * Whether another translation would cut its ends off from each other: of TCP from the first
   * answer until it is over, and of all else, which does not show it.
   */
  boolean goesOn() {
    int state = FlowLayout.state(any(), 0);
    return !closed()
        && state != Abi.STATE_TCP_SYN_SENT
        && state != Abi.STATE_TCP_TIME_WAIT
        && state != Abi.STATE_TCP_CLOSE;
  }

  long packets() {
    return forth.map(flow -> FlowLayout.packets(flow, 0)).orElse(0L);
  }

  long bytes() {
    return forth.map(flow -> FlowLayout.bytes(flow, 0)).orElse(0L);
  }

  long replyPackets() {
    return back.map(flow -> FlowLayout.packets(flow, 0)).orElse(0L);
  }

  long replyBytes() {
    return back.map(flow -> FlowLayout.bytes(flow, 0)).orElse(0L);
  }

  /** Jiffies since the last packet of either direction. */
  int idle(int now) {
    int forward = forth.map(flow -> now - FlowLayout.seen(flow, 0)).orElse(Integer.MAX_VALUE);
    int reply = back.map(flow -> now - FlowLayout.seen(flow, 0)).orElse(Integer.MAX_VALUE);
    return Math.max(0, Math.min(forward, reply));
  }

  /** Jiffies since it began, as far as both entries remember: each has one half of the moment. */
  Optional<Long> age(int now) {
    if (forth.isEmpty() || back.isEmpty()) {
      return Optional.empty();
    }
    int low = FlowLayout.opened(forth.get(), 0);
    int high = FlowLayout.opened(back.get(), 0);
    return Optional.of(Integer.toUnsignedLong(now - (high << 16 | low)));
  }

  int egressRule() {
    return forth.map(flow -> FlowLayout.rule(flow, 0)).orElse(0);
  }

  int ingressRule() {
    return back.map(flow -> FlowLayout.rule(flow, 0)).orElse(0);
  }

  int service() {
    return FlowLayout.service(any(), 0);
  }

  int sourceIdentity() {
    return forth
        .map(flow -> FlowLayout.sourceIdentity(flow, 0))
        .orElseGet(() -> FlowLayout.destinationIdentity(back.orElseThrow(), 0));
  }

  int destinationIdentity() {
    return forth
        .map(flow -> FlowLayout.destinationIdentity(flow, 0))
        .orElseGet(() -> FlowLayout.sourceIdentity(back.orElseThrow(), 0));
  }

  /** Host side of the initiator's interface; 0 where it is no pod of this node. */
  int sourceInterface() {
    byte[] flow = any();
    boolean toPod = (FlowLayout.flags(flow, 0) & Abi.FLOW_TO_POD) != 0;
    return forth.isPresent()
        ? toPod ? 0 : FlowLayout.ifindex(flow, 0)
        : toPod ? FlowLayout.ifindex(flow, 0) : FlowLayout.redirect(flow, 0);
  }

  /** Host side of the interface of whom it asked; 0 where that is no pod of this node. */
  int destinationInterface() {
    byte[] flow = any();
    boolean toPod = (FlowLayout.flags(flow, 0) & Abi.FLOW_TO_POD) != 0;
    return forth.isPresent()
        ? toPod ? FlowLayout.ifindex(flow, 0) : FlowLayout.redirect(flow, 0)
        : toPod ? 0 : FlowLayout.ifindex(flow, 0);
  }

  private int flags() {
    return forth.map(flow -> FlowLayout.flags(flow, 0)).orElse(0)
        | back.map(flow -> FlowLayout.flags(flow, 0)).orElse(0);
  }

  private byte[] any() {
    return forth.or(() -> back).orElseThrow();
  }
}
