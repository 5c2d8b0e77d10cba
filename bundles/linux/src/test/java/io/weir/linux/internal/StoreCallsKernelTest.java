package io.weir.linux.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.weir.api.ProblemException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stores descriptors where the test listens as systemd does. */
class StoreCallsKernelTest {
  private static final int MSG_DONTWAIT = 0x40;

  @TempDir Path directory;

  private final Gate gate = new Gate("test");
  private int manager;
  private StoreCalls store;

  private record Notice(String text, int descriptor) {
    Path file() throws Exception {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
    }
  }

  /** What the main code has no use for. */
  static final class Receiving {
    static {
      Native.register(Receiving.class, NativeLibrary.getInstance("libc.so.6"));
    }

    private Receiving() {}

    static native long recvmsg(int fd, Pointer message, int flags);
  }

  @BeforeEach
  void listen() {
    Natives.acquire();
    Path socket = directory.resolve("notify");
    byte[] path = socket.toString().getBytes(UTF_8);
    byte[] address =
        ByteBuffer.allocate(3 + path.length)
            .order(ByteOrder.nativeOrder())
            .putShort((short) 1)
            .put(path)
            .array();
    manager = Libc.socket(1, 2 | Libc.O_CLOEXEC, 0);
    Libc.bind(manager, address, address.length);
    store = new StoreCalls(gate, socket.toString());
  }

  @AfterEach
  void close() {
    Libc.close(manager);
    Natives.release();
  }

  @Test
  void should_send_the_descriptor_with_its_name() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    int own = Libc.open(file.toString(), Libc.O_RDONLY | Libc.O_CLOEXEC, 0);

    assertThat(store.store("a/b.0", own)).isTrue();
    Libc.close(own);

    Notice notice = receive();
    assertThat(notice.text().lines()).contains("FDSTORE=1", "FDPOLL=0", "FDNAME=a/b.0");
    assertThat(notice.file()).isEqualTo(file.toRealPath());
    Libc.close(notice.descriptor());
  }

  @Test
  void should_send_a_record_as_a_file_that_nobody_can_change() throws Exception {
    assertThat(store.store("a.record", new byte[] {1, 2, 3})).isTrue();

    Notice notice = receive();
    assertThat(notice.text().lines()).contains("FDNAME=a.record");
    Path file = Path.of("/proc/self/fd/" + notice.descriptor());
    assertThat(Files.readAllBytes(file)).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> Files.write(file, new byte[] {9}))
        .hasMessageContaining("not permitted");
    Libc.close(notice.descriptor());
  }

  @Test
  void should_have_it_removed() {
    store.unstore("a.0");

    assertThat(receive()).isEqualTo(new Notice("FDSTOREREMOVE=1\nFDNAME=a.0", -1));
  }

  @Test
  void should_refuse_what_no_line_can_carry() {
    for (String name :
        new String[] {"", "a b", "a\nFDSTOREREMOVE=1", "a:b", "é", "a".repeat(256)}) {
      assertThatThrownBy(() -> store.store(name, manager)).isInstanceOf(ProblemException.class);
    }
    assertThatThrownBy(() -> store.store("a", new byte[(64 << 10) + 1]))
        .hasMessage("record a: expected at most 65536 bytes, got 65537 bytes");
  }

  @Test
  void should_say_that_nobody_listens_any_more() {
    StoreCalls lonely = new StoreCalls(gate, directory.resolve("gone").toString());

    assertThatThrownBy(() -> lonely.store("a", manager))
        .hasMessageContaining("expected somebody who keeps descriptors")
        .hasMessageContaining("No such file or directory");
    assertThat(new StoreCalls(gate, null).store("a", manager)).isFalse();
  }

  private Notice receive() {
    try (Memory raw = new Memory(512)) {
      raw.clear();
      raw.setPointer(16, raw.share(56));
      raw.setLong(24, 1);
      raw.setPointer(32, raw.share(72));
      raw.setLong(40, 24);
      raw.setPointer(56, raw.share(96));
      raw.setLong(64, 416);
      int length = (int) Receiving.recvmsg(manager, raw, MSG_DONTWAIT);
      assertThat(length).as("a message").isPositive();
      int descriptor = raw.getLong(40) == 0 ? -1 : raw.getInt(88);
      return new Notice(new String(raw.getByteArray(96, length), UTF_8), descriptor);
    }
  }
}
