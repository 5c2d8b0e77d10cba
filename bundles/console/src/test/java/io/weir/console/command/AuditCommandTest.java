package io.weir.console.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Listing;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditCommandTest {
  @TempDir Path log;

  @Test
  void should_show_the_last_commands_once_each_as_they_stand() throws Exception {
    Files.writeString(log.resolve("audit.1.log"), line("a", "apply", "begun"));
    Files.writeString(
        log.resolve("audit.log"),
        "cut off\"}\n"
            + line("b", "uninstall", "begun")
            + line("a", "apply", "exit 0")
            + line("c", "bundle stop x", "begun")
            + line("c", "bundle stop x", "exit 1"));
    Listing all = AuditCommand.listing(log, 20);
    assertThat(all.rows().stream().map(row -> row.get(6) + ": " + row.get(7)))
        .containsExactly("uninstall: begun", "apply: exit 0", "bundle stop x: exit 1");
    assertThat(all.rows().get(0).subList(0, 5)).containsExactly("2026", "root", 0L, 0L, 7L);
    assertThat(AuditCommand.listing(log, 1).rows()).hasSize(1);
  }

  @Test
  void should_say_that_logging_is_another_containers_affair() {
    assertThatThrownBy(() -> AuditCommand.listing(log, 20))
        .hasMessageContaining("audit.log: expected the file of the logger io.weir.audit, got none");
  }

  private static String line(String id, String command, String result) {
    return ("{'id':'%s','time':'2026','user':'root','uid':0,'gid':0,'pid':7,'command':'%s',"
            + "'result':'%s'}\n")
        .formatted(id, command, result)
        .replace('\'', '"');
  }
}
