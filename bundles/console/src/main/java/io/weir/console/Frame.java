package io.weir.console;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One frame of {@code weir.sock}, as {@code frames.h} defines it for the clients:
 *
 * <pre>
 * 0        4      5
 * +--------+------+-------------
 * | length | type | payload …       length counts the payload, big endian
 * +--------+------+-------------
 * </pre>
 */
record Frame(int type, byte[] payload) {
  // From the client.
  static final int ARGS = 1;
  static final int ENV = 2;
  static final int STDIN = 3;
  static final int STDIN_END = 4;
  static final int WINDOW = 5;
  static final int CANCEL = 6;

  // From the engine.
  static final int OUT = 16;
  static final int ERR = 17;
  static final int EXIT = 18;
  static final int READ = 19;
  static final int TERMINAL = 20;
  static final int AGAIN = 21;

  static final int HEADER_BYTES = 5;
  static final int MOST_PAYLOAD_BYTES = 1 << 20;

  /** Bytes of {@link #STDIN} that a client may send before it is asked. */
  static final int EAGER_BYTES = 64 << 10;

  static Frame of(int type, byte... payload) {
    return new Frame(type, payload);
  }

  static Frame exit(int code) {
    return of(EXIT, (byte) code);
  }

  static Frame read(int bytes) {
    return new Frame(READ, ByteBuffer.allocate(Integer.BYTES).putInt(bytes).array());
  }

  byte[] encode() {
    return ByteBuffer.allocate(HEADER_BYTES + payload.length)
        .putInt(payload.length)
        .put((byte) type)
        .put(payload)
        .array();
  }

  /** The payload's words, each ended by NUL; what follows the last NUL is a word too. */
  List<String> words() {
    List<String> words = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < payload.length; i++) {
      if (payload[i] == 0) {
        words.add(new String(payload, begin, i - begin, StandardCharsets.UTF_8));
        begin = i + 1;
      }
    }
    if (begin < payload.length) {
      words.add(new String(payload, begin, payload.length - begin, StandardCharsets.UTF_8));
    }
    return words;
  }
}
