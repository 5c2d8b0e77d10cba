package io.weir.linux.internal;

import com.sun.jna.LastErrorException;
import io.weir.api.Problem;
import io.weir.linux.Fd;
import io.weir.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A socket of rtnetlink. The kernel answers each request with an error message (0: done) or, to a
 * dump, with messages and an end; both carry the request's number.
 */
final class NetlinkSocket implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | Libc.O_CLOEXEC;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int SO_RCVTIMEO = 20;
  private static final int ANSWER_SECONDS = 10;

  private static final int ERROR = 2;
  private static final int DONE = 3;
  private static final int FLAG_DUMP_INTERRUPTED = 0x10;
  private static final int FLAG_ACK_TLVS = 0x200;
  private static final int ERROR_TEXT = 1;
  private static final int ERROR_FIXED_BYTES = 4 + NetlinkMessage.HEADER_BYTES;
  private static final int DUMP_ATTEMPTS = 10;

  private final Gate gate;
  private final Fd fd;
  private final byte[] received = new byte[1 << 16];
  private int sequence;

  private NetlinkSocket(Gate gate, Fd fd) {
    this.gate = gate;
    this.fd = fd;
  }

  static NetlinkSocket open(Gate gate) {
    gate.enter();
    try {
      int number = Libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, 0);
      Fd fd = Fds.own(gate, number);
      byte[] on = {1, 0, 0, 0};
      Libc.setsockopt(number, SOL_NETLINK, NETLINK_CAP_ACK, on, on.length);
      Libc.setsockopt(number, SOL_NETLINK, NETLINK_EXT_ACK, on, on.length);
      byte[] timeout =
          ByteBuffer.allocate(16).order(ByteOrder.nativeOrder()).putLong(ANSWER_SECONDS).array();
      Libc.setsockopt(number, Libc.SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length);
      return new NetlinkSocket(gate, fd);
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), "rtnetlink");
    } finally {
      gate.leave();
    }
  }

  /**
   * Does what the message asks for.
   *
   * @param where told in errors
   */
  synchronized void request(NetlinkMessage message, String where) {
    exchange(message, where);
  }

  /** Every message of an answer; a dump that changes interrupted is asked for again. */
  synchronized List<NetlinkReply> ask(
      java.util.function.Supplier<NetlinkMessage> message, String where) {
    for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      List<NetlinkReply> replies = exchange(message.get(), where);
      if (replies != null) {
        return replies;
      }
    }
    throw Problem.of(where, "a picture", DUMP_ATTEMPTS + " interrupted by changes").asException();
  }

  @Override
  public void close() {
    fd.close();
  }

  /** Null when a dump was interrupted. */
  private List<NetlinkReply> exchange(NetlinkMessage message, String where) {
    gate.enter();
    try {
      byte[] bytes = message.bytes(++sequence);
      Libc.send(fd.number(), bytes, bytes.length, 0);
      List<NetlinkReply> replies = new ArrayList<>();
      boolean interrupted = false;
      while (true) {
        int length = (int) Libc.recv(fd.number(), received, received.length, 0);
        for (NetlinkReply.Framed one : NetlinkReply.split(received, length)) {
          if (one.sequence() != sequence) {
            continue;
          }
          interrupted |= (one.flags() & FLAG_DUMP_INTERRUPTED) != 0;
          NetlinkReply reply = new NetlinkReply(one.type(), one.body());
          if (one.type() == ERROR) {
            refuse(reply, one.flags(), where);
            return replies;
          }
          if (one.type() == DONE) {
            return interrupted ? null : replies;
          }
          replies.add(reply);
        }
      }
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), where);
    } finally {
      gate.leave();
    }
  }

  private static void refuse(NetlinkReply reply, int flags, String where) {
    int errno = -reply.u32(0);
    if (errno == 0) {
      return;
    }
    boolean told = (flags & FLAG_ACK_TLVS) != 0;
    String text = told ? reply.attributes(ERROR_FIXED_BYTES).text(ERROR_TEXT) : "";
    String said = Errors.text(errno) + (text.isEmpty() ? "" : " (" + text + ")");
    throw new LinuxException(errno, Problem.of(where, said));
  }
}
