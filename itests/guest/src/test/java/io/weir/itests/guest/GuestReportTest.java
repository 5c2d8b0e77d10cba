package io.weir.itests.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestReportTest {
  @TempDir Path directory;

  @BeforeEach
  void write_a_report() throws IOException {
    Files.writeString(directory.resolve("release"), "6.1.0-1-cloud-amd64\n");
    Files.writeString(
        directory.resolve("programs.tsv"),
        """
        pod\tto_pod\ttc\tloaded\t4711\tattached
        pod\tfrom_pod\ttc\trefused\t0\tload: Permission denied
        sock\tconnect4\tcgroup/connect4\tloaded\t283\treplace: Invalid argument
        """);
    Files.writeString(directory.resolve("checks.tsv"), "IPv4 goes\tfailed\t\n");
    Path log = Files.createDirectories(directory.resolve("verifier/pod")).resolve("from_pod.log");
    Files.writeString(log, "0: first\n" + "1: next\n".repeat(50) + "R2 type=mem expected=fp\n");
  }

  @Test
  void should_end_a_complaint_with_the_end_of_the_verifiers_log() {
    assertThat(GuestReport.read(directory).complaints())
        .contains(
            "6.1.0-1-cloud-amd64: from_pod of pod.bpf.o was expected to load and attach:"
                + " load: Permission denied")
        .contains("R2 type=mem expected=fp")
        .doesNotContain("0: first");
  }

  @Test
  void should_complain_of_what_loads_and_does_not_attach_and_of_nothing_else() {
    assertThat(GuestReport.read(directory).complaints())
        .contains("connect4 of sock.bpf.o was expected to load and attach: replace: Invalid")
        .doesNotContain("to_pod");
  }

  @Test
  void should_read_a_check_that_saw_nothing() {
    assertThat(GuestReport.read(directory).checks())
        .containsExactly(new GuestReport.Check("IPv4 goes", false, ""));
  }
}
