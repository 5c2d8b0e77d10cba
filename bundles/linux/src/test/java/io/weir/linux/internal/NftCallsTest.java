package io.weir.linux.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A helper process that does not do its work is told of. */
class NftCallsTest {
  @TempDir Path directory;

  private NftCalls program(String script, String permissions) throws IOException {
    Path file = Files.writeString(directory.resolve("nft"), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return new NftCalls(file.toString());
  }

  @Test
  void should_say_that_it_was_killed() throws IOException {
    NftCalls killed = program("cat >/dev/null; kill -9 $$", "rwx------");
    assertThatThrownBy(() -> killed.apply("flush ruleset"))
        .hasMessage("nft: expected a script that it takes, got exit code 137 without a word");
    assertThatThrownBy(() -> killed.list("inet weir"))
        .hasMessage("nft: table inet weir: exit code 137 without a word");
  }

  @Test
  void should_say_what_it_said() throws IOException {
    NftCalls poor = program("cat >/dev/null; echo Cannot allocate memory >&2; exit 1", "rwx------");
    assertThatThrownBy(() -> poor.apply("flush ruleset"))
        .hasMessage("nft: expected a script that it takes, got Cannot allocate memory");
  }

  @Test
  void should_say_that_it_could_not_be_started() throws IOException {
    assertThatThrownBy(() -> program("", "rw-------").apply(""))
        .hasMessageContaining("Permission denied")
        .hasMessageEndingWith("it is tried again; see that there is memory for it");
    assertThatThrownBy(() -> new NftCalls("/nowhere/nft").apply(""))
        .hasMessageContaining("No such file or directory")
        .hasMessageEndingWith("install nftables");
  }
}
