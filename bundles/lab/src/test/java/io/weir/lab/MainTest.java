package io.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MainTest {
  private record Ended(int code, String out, String err) {}

  @Test
  void should_print_its_usage() throws Exception {
    Ended ended = run("--help");

    assertThat(ended.code()).isZero();
    assertThat(ended.out()).contains("exec POD -- CMD", "down");
  }

  @Test
  void should_refuse_a_verb_that_it_does_not_have() throws Exception {
    Ended ended = run("fly");

    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.err())
        .isEqualTo(
            "weir lab: expected up, apply, delete, pods, exec, on, kill, fail, start or down,"
                + " got \"fly\"; weir lab --help\n");
  }

  @Test
  void should_refuse_numbers_of_nodes_that_are_none() throws Exception {
    Ended ended = run("up", "--nodes", "0");

    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.err())
        .isEqualTo(
            "weir lab: expected --nodes and a number from 1 to 16, got \"0\"; weir lab --help\n");
  }

  @Test
  void should_refuse_a_name_that_links_cannot_have() throws Exception {
    Ended ended = run("pods", "--name", "My/Lab");

    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.err()).contains("a lab's name of lower case, digits and hyphens");
  }

  @Test
  void should_say_that_a_lab_is_not_up() throws Exception {
    Ended ended = run("pods", "--name", "never-made");

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .isEqualTo("lab never-made: it is not up; weir lab up --name never-made\n");
  }

  private static Ended run(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.weir.lab.Main"));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), out, err);
  }
}
