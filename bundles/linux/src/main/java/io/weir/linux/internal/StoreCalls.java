package io.weir.linux.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import io.weir.api.Problem;
import io.weir.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Keeps descriptors outside of this process: sd_notify(3)'s datagrams to {@code $NOTIFY_SOCKET},
 * each with the descriptor beside it. There systemd listens, or the holder that {@code weir run}
 * started (holder.h).
 */
final class StoreCalls {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | Libc.O_CLOEXEC;
  private static final int PATH_BYTES = 108;
  private static final int SO_SNDTIMEO = 21;
  private static final int ANSWER_SECONDS = 2;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;

  private static final int MFD_CLOEXEC_ALLOW_SEALING = 1 | 2;
  private static final int F_ADD_SEALS = 1033;

  /** {@code F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE}. */
  private static final int ALL_SEALS = 15;

  private static final int MOST_RECORD_BYTES = 64 << 10;
  private static final int MOST_NAME_BYTES = 255;

  private final Gate gate;
  private final String notifySocket;

  /**
   * @param notifySocket a path, or {@code @} and an abstract name; null where nobody keeps
   *     descriptors
   */
  StoreCalls(Gate gate, String notifySocket) {
    this.gate = gate;
    this.notifySocket = notifySocket;
  }

  boolean store(String name, int descriptor) {
    if (notifySocket == null) {
      return false;
    }
    check(name);
    gate.enter();
    try {
      // FDPOLL=0: a connection whose peer has gone is the successor's to close, and to say so.
      send("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name, descriptor);
      return true;
    } finally {
      gate.leave();
    }
  }

  boolean store(String name, byte[] record) {
    if (notifySocket == null) {
      return false;
    }
    if (record.length > MOST_RECORD_BYTES) {
      throw Problem.of(
              "record " + name, "at most " + MOST_RECORD_BYTES + " bytes", record.length + " bytes")
          .asException();
    }
    gate.enter();
    try (var file = Fds.own(gate, Libc.memfd_create(name, MFD_CLOEXEC_ALLOW_SEALING))) {
      long written = Libc.write(file.number(), record, record.length);
      if (written != record.length) {
        throw Problem.of("record " + name, record.length + " bytes", written + " bytes written")
            .asException();
      }
      Libc.fcntl(file.number(), F_ADD_SEALS, ALL_SEALS);
      return store(name, file.number());
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), "record " + name);
    } finally {
      gate.leave();
    }
  }

  void tell(String state) {
    if (notifySocket == null) {
      return;
    }
    gate.enter();
    try {
      send(state, -1);
    } finally {
      gate.leave();
    }
  }

  void unstore(String name) {
    if (notifySocket == null) {
      return;
    }
    check(name);
    gate.enter();
    try {
      send("FDSTOREREMOVE=1\nFDNAME=" + name, -1);
    } finally {
      gate.leave();
    }
  }

  private static void check(String name) {
    boolean plain = name.chars().allMatch(c -> c > ' ' && c < 127 && c != ':');
    if (!plain || name.isEmpty() || name.length() > MOST_NAME_BYTES) {
      throw Problem.of(
              "name of a descriptor",
              "1 to " + MOST_NAME_BYTES + " characters of ASCII without colon or space",
              '"' + name + '"')
          .asException();
    }
  }

  private void send(String text, int descriptor) {
    byte[] address = address();
    try (var socket = Fds.own(gate, Libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0))) {
      byte[] limit =
          ByteBuffer.allocate(16).order(ByteOrder.nativeOrder()).putLong(ANSWER_SECONDS).array();
      Libc.setsockopt(socket.number(), Libc.SOL_SOCKET, SO_SNDTIMEO, limit, limit.length);
      Libc.connect(socket.number(), address, address.length);
      sendWith(socket.number(), text.getBytes(UTF_8), descriptor);
    } catch (LastErrorException e) {
      String remedy =
          e.getErrorCode() == LinuxException.EAGAIN
              ? "whoever listens there hangs"
              : "the next start of the engine starts another holder";
      throw Errors.of(e.getErrorCode(), notifySocket, "somebody who keeps descriptors", remedy);
    }
  }

  private byte[] address() {
    byte[] path = notifySocket.getBytes(UTF_8);
    if (path.length >= PATH_BYTES) {
      throw Problem.of("NOTIFY_SOCKET", "a path of at most 107 bytes", notifySocket).asException();
    }
    boolean unnamed = path[0] == '@';
    ByteBuffer address =
        ByteBuffer.allocate(2 + path.length + (unnamed ? 0 : 1)).order(ByteOrder.nativeOrder());
    address.putShort((short) AF_UNIX).put(path);
    if (unnamed) {
      address.put(2, (byte) 0);
    }
    return address.array();
  }

  /**
   * Both 64-bit platforms have the same layout:
   *
   * <pre>
   *  0 msghdr: name, name's length, &iov, 1, &control, its length, flags    (7 × 8 bytes)
   * 56 iovec:  &text, length
   * 72 cmsghdr: u64 length = 20, u32 level, u32 type, the descriptor, padding
   * 96 text
   * </pre>
   */
  private static void sendWith(int socket, byte[] text, int descriptor) {
    try (Memory raw = new Memory(96 + text.length)) {
      raw.clear();
      raw.setPointer(16, raw.share(56));
      raw.setLong(24, 1);
      if (descriptor >= 0) {
        raw.setPointer(32, raw.share(72));
        raw.setLong(40, 24);
      }
      raw.setPointer(56, raw.share(96));
      raw.setLong(64, text.length);
      raw.setLong(72, 20);
      raw.setInt(80, Libc.SOL_SOCKET);
      raw.setInt(84, SCM_RIGHTS);
      raw.setInt(88, descriptor);
      raw.write(96, text, 0, text.length);
      Libc.sendmsg(socket, raw, MSG_NOSIGNAL);
    }
  }
}
