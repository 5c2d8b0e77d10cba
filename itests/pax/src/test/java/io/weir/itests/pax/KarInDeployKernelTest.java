package io.weir.itests.pax;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The {@code .kar}, dropped into {@code deploy/} of a Karaf as Apache ships it, that knows nothing
 * of Weir: no system property, no file of its own in {@code etc/} but for the cgroup that keeps the
 * test apart from the machine.
 */
@NeedsRoot
class KarInDeployKernelTest {
  private static final String MACHINE = "Stock-7.example";
  private static final String NODE = "stock-7.example";
  private static final String WEIR = Path.of(System.getProperty("weir.bin"), "weir").toString();
  private static final String GSON = "/gson-";

  @TempDir private static Path directory;

  private static StockKaraf karaf;

  @BeforeAll
  static void drop() throws IOException {
    karaf = new StockKaraf(Files.createDirectory(directory.resolve("karaf")));
    Files.writeString(
        karaf.home().resolve("etc/io.weir.cfg"),
        "cgroup-root = " + System.getenv("WEIR_PAX_CGROUP") + "\n");
    karaf.start(MACHINE);
    karaf.drop(newer(Path.of(System.getProperty("weir.gson"))));
    karaf.await("a bundle that we need, from elsewhere", () -> !gson().isEmpty());
    karaf.drop(Kar.built().file());
    karaf.await("all in force", () -> weir("", "status").code() == 0);
  }

  @AfterAll
  static void stop() {
    karaf.close();
  }

  @Test
  void should_be_named_after_the_machine_and_answer_its_client() {
    Told status = weir("", "status");

    assertThat(status.code()).as(status.out()).isZero();
    assertThat(status.out()).containsPattern("engine +ok +" + NODE + ", up \\d+ s");
    assertThat(weir("", "version").out()).contains("engine " + NODE);
    assertThat(Path.of("/sys/fs/bpf/weir", NODE.replace('.', '_'))).isDirectory();
    assertThat(Path.of("/var/lib/weir", NODE, "manifests")).isDirectory();
  }

  @Test
  void should_enforce_policy() throws IOException {
    Told applied =
        weir(Files.readString(Path.of("src/test/resources/pods.yaml")), "apply", "-f", "-");
    assertThat(applied.code()).as(applied.out()).isZero();
    String server = pod("server");
    pod("client");
    pod("stranger");
    Process listening =
        inPod(
            "server",
            Path.of(System.getProperty("weir.bin"), "weir-lab-server").toString(),
            "echo",
            "80");
    try {
      karaf.await("an answer to the client", () -> reaches("client", server));
      assertThat(reaches("stranger", server)).isFalse();
    } finally {
      listening.destroyForcibly();
    }
  }

  @Test
  void should_take_what_is_there_already_and_double_nothing() {
    assertThat(gson()).singleElement().asString().startsWith("file:");
    Map<String, List<String>> artifacts = new TreeMap<>();
    for (String location : karaf.bundles()) {
      artifacts.merge(
          location.replaceAll("^.*[:/]([a-zA-Z][^/:]*?)(-[0-9.]+jar|/[^/]+)?$", "$1"),
          List.of(location),
          (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
    }
    artifacts.values().removeIf(locations -> locations.size() == 1);
    assertThat(artifacts).isEmpty();
  }

  @Test
  void should_log_by_the_containers_own_back_end_and_complain_of_nothing() throws IOException {
    assertThat(karaf.bundles()).anyMatch(location -> location.contains("pax-logging-log4j2"));
    assertThat(karaf.log()).contains("io.weir.").doesNotContain("ERROR");
    assertThat(karaf.log().lines().filter(line -> line.contains("| WARN")))
        .noneMatch(line -> line.contains("- io.weir."));
  }

  @Test
  void should_serve_nothing_beside_another_engine_of_its_name() throws IOException {
    Path lock = Path.of("/run/weir", NODE, "engine.lock");
    String first = Files.readString(lock);
    String sentence =
        "engine %s: expected one process of this name, got process %s, which runs; end that one"
            .formatted(NODE, first.strip());
    try (StockKaraf second = new StockKaraf(Files.createDirectory(directory.resolve("second")))) {
      second.start(MACHINE);
      second.drop(Kar.built().file());
      second.await("why the console is not there", () -> second.says("[io.weir.console.Console"));
      second.await("why system calls are not", () -> second.says("[io.weir.linux.internal.Linux"));
      assertThat(second.log()).contains(sentence);
      assertThat(weir("", "status").code()).isZero();
      assertThat(Files.readString(lock)).isEqualTo(first);
    }
    assertThat(weir("", "status").code()).as("when the other one has gone").isZero();
  }

  /** Where each JSON library comes from. */
  private static List<String> gson() {
    return karaf.bundles().stream()
        .filter(location -> location.contains("gson/gson/") || location.contains(GSON))
        .toList();
  }

  /** The same bundle of another version, as a container may have it. */
  private static Path newer(Path jar) throws IOException {
    Path other = directory.resolve("gson-2.11.99.jar");
    try (JarFile from = new JarFile(jar.toFile())) {
      Manifest manifest = from.getManifest();
      manifest.getMainAttributes().putValue("Bundle-Version", "2.11.99");
      try (var to = new JarOutputStream(Files.newOutputStream(other), manifest)) {
        for (JarEntry entry : from.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
          to.putNextEntry(new JarEntry(entry.getName()));
          from.getInputStream(entry).transferTo(to);
        }
      }
    }
    return other;
  }

  private record Told(int code, String out) {}

  /** {@code weir WORDS}, of the native client. */
  private static Told weir(String input, String... words) {
    return run(input, Map.of(), Stream.concat(Stream.of(WEIR), Stream.of(words)).toList());
  }

  /** Makes a pod, as a container runtime does; its IPv4 address. */
  private static String pod(String name) {
    ip("netns", "add", name);
    Map<String, String> environment = new HashMap<>();
    environment.put("CNI_COMMAND", "ADD");
    environment.put("CNI_CONTAINERID", name);
    environment.put("CNI_NETNS", "/run/netns/" + name);
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_PATH", System.getProperty("weir.bin"));
    environment.put("CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=" + name);
    Told told =
        run(
            "{\"cniVersion\":\"1.0.0\",\"name\":\"weir\",\"type\":\"weir-cni\"}",
            environment,
            List.of(WEIR + "-cni"));
    assertThat(told.code()).as(told.out()).isZero();
    return told.out().replaceAll("(?s).*?\"address\": *\"([0-9.]+)/.*", "$1");
  }

  private static void ip(String... words) {
    Told told = run("", Map.of(), Stream.concat(Stream.of("ip"), Stream.of(words)).toList());
    assertThat(told.code()).as(told.out()).isZero();
  }

  private static boolean reaches(String pod, String address) {
    List<String> words =
        List.of(
            "ip",
            "netns",
            "exec",
            pod,
            "curl",
            "-sS",
            "-m",
            "2",
            "-o",
            "/dev/null",
            "http://" + address + "/");
    Told told = run("", Map.of(), words);
    assertThat(told.code()).as(told.out()).isIn(0, 7, 28); // answered, refused, timed out
    return told.code() == 0;
  }

  private static Process inPod(String pod, String... words) throws IOException {
    return new ProcessBuilder(
            Stream.concat(Stream.of("ip", "netns", "exec", pod), Stream.of(words)).toList())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static Told run(String input, Map<String, String> environment, List<String> words) {
    try {
      Path output = Files.createTempFile(directory, "said", "");
      ProcessBuilder builder = new ProcessBuilder(words);
      builder.environment().putAll(environment);
      Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It did not want to read all of it; its exit code tells why.
      }
      int code = process.waitFor();
      String said = Files.readString(output);
      Files.delete(output);
      return new Told(code, said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
