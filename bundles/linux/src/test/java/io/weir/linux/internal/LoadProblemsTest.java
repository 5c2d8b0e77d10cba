package io.weir.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoadProblemsTest {
  @Test
  void should_keep_the_end_of_a_long_log() {
    String log =
        IntStream.range(0, 1000).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
    assertThat(
            LoadProblems.problem(
                    "Permission denied",
                    "pod",
                    List.of(
                        "libbpf: prog 'ingress': BPF program load failed: Permission denied\n",
                        "libbpf: prog 'ingress': -- BEGIN PROG LOAD LOG --\n"
                            + log
                            + "-- END PROG LOAD LOG --\n"))
                .sentence())
        .startsWith(
            "pod: program ingress: expected a program that the verifier accepts, got Permission"
                + " denied\nline 976\n")
        .endsWith("\nline 999");
  }

  @Test
  void should_pass_on_the_first_warning_where_there_is_no_log() {
    assertThat(
            LoadProblems.problem(
                    "Invalid argument",
                    "pod",
                    List.of("libbpf: map 'flows': failed to create: Invalid argument(-22)\n"))
                .sentence())
        .isEqualTo(
            "pod: expected a BPF object that this kernel takes, got Invalid argument: libbpf: map"
                + " 'flows': failed to create: Invalid argument(-22)");
  }
}
