package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A stream, 200 new connections a second through a service and 500 datagrams a second, from a pod
 * to another one that only it may talk to: {@code load.c}.
 */
final class Load implements AutoCloseable {
  private static final String PORT = "7900";

  /** Two pods, and the program that they run. */
  static final class Pods implements AutoCloseable {
    private final Lab lab;
    private final String program;
    private final Process serving;

    /**
     * @param directory for the compiled program
     */
    Pods(Lab lab, Path directory) throws IOException {
      this.lab = lab;
      lab.apply(
          Yaml.shell("default", "load-server", "app: load-server")
              + Yaml.shell("default", "load-client", "app: load-client")
              + """
              ---
              apiVersion: v1
              kind: Service
              metadata: {name: load, namespace: default}
              spec:
                selector: {app: load-server}
                ports: [{name: t, port: 7900, protocol: TCP}, {name: u, port: 7900, protocol: UDP}]
              ---
              apiVersion: networking.k8s.io/v1
              kind: NetworkPolicy
              metadata: {name: load, namespace: default}
              spec:
                podSelector: {matchLabels: {app: load-server}}
                policyTypes: [Ingress]
                ingress:
                - from: [{podSelector: {matchLabels: {app: load-client}}}]
                  ports: [{port: 7900, protocol: TCP}, {port: 7900, protocol: UDP}]
              """);
      program = directory.resolve("load").toString();
      Path source = Run.ROOT.resolve("itests/system/src/test/c/load.c");
      Commands.run("gcc", "-O1", "-pthread", "-o", program, source.toString());
      serving = exec("load-server", program, "serve", PORT);
      assertThat(reader(serving).readLine()).isEqualTo("ready");
    }

    Load start() throws IOException {
      String server = lab.addresses("default/load-server").get(0);
      String service = lab.clusterIps("default", "load").get(0);
      Load load = new Load(exec("load-client", program, "run", server, service, PORT));
      assertThat(load.answers.readLine()).isEqualTo("begun");
      return load;
    }

    private Process exec(String pod, String... command) {
      List<String> words =
          Stream.concat(Stream.of(Run.WEIR, "lab", "exec", pod, "--"), Stream.of(command)).toList();
      return Run.start(lab.environment(), words);
    }

    @Override
    public void close() {
      TalkingPods.end(serving);
    }
  }

  /**
   * What came of it since it began; {@code errno} is that of the first that failed.
   *
   * @param retransmits of the stream, needless ones of a slow machine too
   * @param lost segments of the stream that were sent and not received; known at the end
   * @param broken errno of the stream's end
   * @param slow connections that took as long as they do where a packet is lost
   */
  record Figures(
      long streamKib,
      long retransmits,
      long lost,
      long broken,
      long connections,
      long failed,
      long slow,
      long errno,
      long sent,
      long answered,
      long connectRetransmits) {
    static Figures parse(String line) {
      assertThat(line).as("what the load tells").isNotNull();
      long[] n = Stream.of(line.split(" ")).mapToLong(Long::parseLong).toArray();
      return new Figures(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10]);
    }

    void assertNothingIsLost(String what) {
      assertThat(broken).as("%s: the stream's errno, %s", what, this).isZero();
      assertThat(lost).as("%s: segments lost of the stream, %s", what, this).isZero();
      assertThat(failed).as("%s: connections that failed, %s", what, this).isZero();
      assertThat(slow).as("%s: connections that took long, %s", what, this).isZero();
      assertThat(answered).as("%s: datagrams, %s", what, this).isEqualTo(sent);
    }
  }

  private final Process process;
  private final BufferedReader answers;

  private Load(Process process) {
    this.process = process;
    this.answers = reader(process);
  }

  private static BufferedReader reader(Process process) {
    return process.inputReader(StandardCharsets.UTF_8);
  }

  Figures now() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    return Figures.parse(answers.readLine());
  }

  /** Returns when so many more connections have been tried. */
  void awaitMore(int connections) throws IOException {
    long enough = tried() + connections;
    Wait.until("connections that are tried", () -> tried() >= enough);
  }

  private long tried() throws IOException {
    Figures now = now();
    return now.connections() + now.failed();
  }

  /** Ends it, and waits for the datagrams that are under way. */
  Figures end() throws IOException {
    process.getOutputStream().close();
    return Figures.parse(answers.readLine());
  }

  @Override
  public void close() {
    TalkingPods.end(process);
  }
}
