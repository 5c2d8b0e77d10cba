package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Listing;
import io.weir.api.SocketCall;
import io.weir.api.StateFiles;
import io.weir.console.sysdump.Part;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysdumpHandlerTest {
  private static final String PLANTED = "hunter2hunter2";

  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final FakeShell shell =
      new FakeShell()
          .command("weir", "status", "", (session, words) -> rows("part", "engine"))
          .command("weir", "tables", "", (session, words) -> rows("table", "resources"))
          .command(
              "weir",
              "table",
              "",
              (session, words) ->
                  Listing.of("key", "value")
                      .row("Secret/default/db", Map.of("body", Map.of("a", PLANTED)))
                      .row("Pod/default/db", Map.of("credentials", Map.of("a", PLANTED)))
                      .row("Pod/default/web", Map.of("password", PLANTED, "name", "web"))
                      .build())
          .command(
              "weir",
              "config",
              "",
              (session, words) ->
                  Listing.of("key", "value")
                      .row("api-token", PLANTED)
                      .row("enable-ipv6", "true")
                      .build())
          .command(
              "feature",
              "list",
              "",
              (session, words) -> {
                session.getConsole().println("weir-node");
                return null;
              });

  @Test
  void should_hold_what_commands_tell_without_secrets() throws Exception {
    int code = handler().handle(call("mine.tar.gz"));
    assertThat(code).isZero();
    Path file = directory.resolve("mine.tar.gz");
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith(file + ": ").contains(" KiB, ");
    Path dump = unpack(file);
    assertThat(dump.resolve("commands/status.json")).content().contains("\"part\":\"engine\"");
    assertThat(dump.resolve("commands/feature-list-i.json")).content().isEqualTo("weir-node\n");
    assertThat(dump.resolve("tables/resources.json"))
        .content()
        .contains("Secret/default/db", "\"web\"")
        .doesNotContain(PLANTED);
    assertThat(dump.resolve("commands/config.json"))
        .content()
        .contains("{\"key\":\"api-token\",\"value\":\"(left out)\"}", "enable-ipv6")
        .doesNotContain(PLANTED);
    assertThat(dump.resolve("engine/x.txt")).content().isEqualTo("the engine's");
    assertThat(shell.openSessions).isZero();
  }

  @Test
  void should_choose_a_name_in_the_directory_of_the_caller() throws Exception {
    handler().handle(call());
    assertThat(directory).isDirectoryContaining("glob:**/weir-n1-20*.tar.gz");
  }

  @Test
  void should_refuse_two_files() {
    assertThatThrownBy(() -> handler().handle(call("a", "b")))
        .hasMessage("sysdump: expected one FILE at most, got \"a b\"");
  }

  private SysdumpHandler handler() {
    Path base = directory.resolve("base");
    StateFiles files =
        new StateFiles() {
          @Override
          public Optional<byte[]> read(String name) {
            return Optional.empty();
          }

          @Override
          public void write(String name, byte[] content) {
            throw new UnsupportedOperationException();
          }

          @Override
          public Places places() {
            return new Places("n1", base, base, base);
          }
        };
    Part part = Part.text("engine/x.txt", () -> "the engine's");
    return new SysdumpHandler(shell.sessions(), files, List.of(part));
  }

  private SocketCall call(String... words) {
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    return new SocketCall() {
      @Override
      public List<String> arguments() {
        return List.of(words);
      }

      @Override
      public Map<String, String> environment() {
        return Map.of("PWD", directory.toString());
      }

      @Override
      public InputStream in() {
        return InputStream.nullInputStream();
      }

      @Override
      public PrintStream out() {
        return print;
      }

      @Override
      public PrintStream err() {
        return new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
      }

      @Override
      public boolean cancelled() {
        return false;
      }

      @Override
      public void onCancel(Runnable action) {}
    };
  }

  private static Listing rows(String column, String value) {
    return Listing.of(column).row(value).build();
  }

  private Path unpack(Path file) throws Exception {
    Path to = Files.createDirectories(directory.resolve("out"));
    Process tar =
        new ProcessBuilder("tar", "-xzf", file.toString(), "-C", to.toString()).inheritIO().start();
    assertThat(tar.waitFor()).isZero();
    try (var list = Files.list(to)) {
      return list.findFirst().orElseThrow();
    }
  }
}
