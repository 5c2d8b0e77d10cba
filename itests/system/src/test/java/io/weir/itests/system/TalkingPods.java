package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Two pods of a lab: {@code server}, which answers on a port, and {@code client}, which alone may
 * ask it. Both run {@code chatter.c} of the datapath's tests.
 */
final class TalkingPods implements AutoCloseable {
  static final String PORT = "7777";

  private final Lab lab;
  private final List<Process> running = new ArrayList<>();
  final String chatter;
  final String server;

  /**
   * @param directory for the compiled program
   */
  TalkingPods(Lab lab, Path directory) throws IOException {
    this.lab = lab;
    lab.apply(
        Yaml.shell("default", "server", "app: server")
            + Yaml.shell("default", "client", "app: client")
            + """
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: only-client, namespace: default}
            spec:
              podSelector: {matchLabels: {app: server}}
              policyTypes: [Ingress]
              ingress:
              - from: [{podSelector: {matchLabels: {app: client}}}]
                ports: [{port: 7777, protocol: TCP}]
            """);
    chatter = directory.resolve("chatter").toString();
    Path source = Run.ROOT.resolve("bundles/datapath/src/test/c/chatter.c");
    Commands.run("gcc", "-O1", "-o", chatter, source.toString());
    server = lab.addresses("default/server").get(0);
    Process serving = start("server", chatter, "serve", server, PORT);
    assertThat(serving.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("ready");
  }

  /** Runs until it ends, or until these are closed. */
  Process start(String pod, String... command) {
    List<String> words = new ArrayList<>(List.of(Run.WEIR, "lab", "exec", pod, "--"));
    words.addAll(List.of(command));
    Process process = Run.start(lab.environment(), words);
    running.add(process);
    return process;
  }

  static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    running.forEach(TalkingPods::end);
  }
}
