package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The process that keeps descriptors while there is no engine. */
@NeedsRoot
@Timeout(120)
class HolderKernelTest {
  /** An engine that says what it was born with. */
  private static final String TELLING =
      "cd \"$WEIR_ROOT\" && echo \"$LISTEN_FDS:$LISTEN_FDNAMES\" > .born && mv .born born-$$"
          + " && exec sleep 600";

  private static final int MOST = 256;

  @TempDir Path directory;

  @Test
  void should_give_what_is_kept_to_the_next_engine_and_the_one_after() throws Exception {
    try (FakeNode node = new FakeNode(directory, TELLING)) {
      assertThat(born(node)).isEqualTo("0:");
      store(node, List.of(), "a.0", "b.0", "b.record=5", "a.0");

      assertThat(born(node)).isEqualTo("3:b.0:b.record:a.0");
      assertThat(born(node)).isEqualTo("3:b.0:b.record:a.0");
    }
  }

  @Test
  void should_refuse_who_is_not_root() throws Exception {
    try (FakeNode node = new FakeNode(directory, TELLING)) {
      born(node);
      // As if the directory did not protect it.
      Files.setPosixFilePermissions(node.holder(), PosixFilePermissions.fromString("rwxrwxrwx"));
      List<String> asStranger =
          List.of(
              "setpriv",
              "--reuid=65534",
              "--regid=65534",
              "--clear-groups",
              "--inh-caps=+dac_read_search",
              "--ambient-caps=+dac_read_search");
      store(node, asStranger, "stranger.0");
      store(node, List.of(), "root.0");

      assertThat(born(node)).isEqualTo("1:root.0");
    }
  }

  @Test
  void should_keep_no_more_than_it_has_room_for() throws Exception {
    try (FakeNode node = new FakeNode(directory, TELLING)) {
      born(node);
      String[] records =
          IntStream.range(0, 17).mapToObj(i -> "r" + i + "=65536").toArray(String[]::new);
      store(node, List.of(), records);
      assertThat(born(node)).as("1 MiB of records").startsWith("16:").doesNotContain("r16");

      String[] names = IntStream.range(0, MOST).mapToObj(i -> "n" + i).toArray(String[]::new);
      store(node, List.of(), names);
      assertThat(born(node)).startsWith(MOST + ":").endsWith(":n239");
    }
  }

  @Test
  void should_close_all_when_the_engine_is_stopped_on_purpose() throws Exception {
    try (FakeNode node = new FakeNode(directory, TELLING)) {
      born(node);
      store(node, List.of(), "a.0");
      assertThat(node.weir("stop").waitFor()).as("no engine runs").isEqualTo(1);

      assertThat(born(node)).isEqualTo("0:");
    }
  }

  /** What an engine is born with, that is killed as soon as it has said so. */
  private static String born(FakeNode node) throws Exception {
    Process engine = node.start();
    String told = node.await("born-" + engine.pid());
    FakeNode.kill(engine);
    return told.strip();
  }

  private static void store(FakeNode node, List<String> as, String... arguments)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(as);
    words.addAll(
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-Xmx64m",
            "-Djna.nosys=true",
            "-cp",
            System.getProperty("java.class.path"),
            StoreOnce.class.getName()));
    words.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.environment().put("NOTIFY_SOCKET", node.holder().toString());
    assertThat(builder.start().waitFor()).isZero();
  }
}
