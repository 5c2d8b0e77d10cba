package io.weir.datapath;

import io.weir.datapath.FlowModel.Send;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.packet.Packet;

/** What {@link FlowModel} knows of one direction of a flow. */
final class FlowModelEntry {
  int at;
  boolean toPod;
  int redirect;
  boolean asks;
  boolean closed;
  boolean dead;

  /** Who asked was not seen. */
  boolean guessed;

  int tcpFlags;
  int state;
  long packets;
  long bytes;
  int egressSlot;
  int ingressSlot;
  int egressRevision;
  int ingressRevision;
  int rule;

  boolean isMet(Send send) {
    return at == send.at() && toPod == send.toPod();
  }

  boolean isAnsweredAt(Send send) {
    return redirect != 0
        ? !send.toPod() && redirect == send.at()
        : at == send.at() && toPod != send.toPod();
  }

  boolean opening() {
    return state == Abi.STATE_TCP_SYN_SENT || state == Abi.STATE_TCP_SYN_RECEIVED;
  }

  /**
   * After a packet of this direction that may have changed the state. RFC 9293 as seen from between
   * the two; no state goes back.
   */
  void step(FlowModelEntry other) {
    int was = state;
    state = Math.max(was, next(other == null ? 0 : other.tcpFlags));
    if (other == null) {
      return;
    }
    other.state = state;
    if (state != was && (state == Abi.STATE_TCP_FIN_WAIT || state == Abi.STATE_TCP_LAST_ACK)) {
      other.tcpFlags &= ~Packet.ACK; // so that what acknowledges the end is news
    }
  }

  private int next(int theirs) {
    if (state < Abi.STATE_TCP_SYN_SENT) {
      return state == Abi.STATE_UDP && !asks ? Abi.STATE_UDP_STREAM : state;
    }
    if (((tcpFlags | theirs) & Packet.RST) != 0) {
      return Abi.STATE_TCP_CLOSE;
    }
    if ((tcpFlags & theirs & Packet.FIN) != 0) {
      boolean again = state >= Abi.STATE_TCP_LAST_ACK;
      return again ? Abi.STATE_TCP_TIME_WAIT : Abi.STATE_TCP_LAST_ACK;
    }
    if ((tcpFlags & Packet.FIN) != 0) {
      return Abi.STATE_TCP_FIN_WAIT;
    }
    if ((theirs & Packet.FIN) != 0) {
      return Abi.STATE_TCP_CLOSE_WAIT;
    }
    if (state == Abi.STATE_TCP_SYN_SENT && !asks) {
      return Abi.STATE_TCP_SYN_RECEIVED;
    }
    return state == Abi.STATE_TCP_SYN_RECEIVED && asks ? Abi.STATE_TCP_ESTABLISHED : state;
  }
}
