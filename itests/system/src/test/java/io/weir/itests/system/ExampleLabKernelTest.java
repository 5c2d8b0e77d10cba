package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tutorial, command by command, on a node under traffic: the example is built as a user's own
 * project, dropped into {@code deploy/}, set, and taken away again.
 */
@NeedsRoot
class ExampleLabKernelTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String CLASSES = "com.example.census";

  @TempDir private Path directory;

  @Test
  void should_do_what_the_tutorial_says_while_traffic_goes_on() throws IOException {
    Commands.run("cp", "-r", Run.ROOT.resolve("examples").toString(), directory.toString());
    Commands.run("rm", "-rf", directory.resolve("examples/census/target").toString());
    Map<String, String> reader = reader();
    try (Lab lab = new Lab("ex")) {
      lab.up();
      reader.putAll(lab.environment());
      lab.apply(
          Yaml.namespace("traffic")
              + Yaml.echo("traffic", "server", "app: server")
              + Yaml.shell("traffic", "client", "app: client")
              + Yaml.ingress("traffic", "only-client", "app: server", "app: client"));
      String url = "http://" + lab.addresses("traffic/server").get(0) + "/";
      try (Asking asking = Asking.start(lab, "traffic/client", url)) {
        for (Tutorial.Section section :
            Tutorial.read(Run.ROOT.resolve("docs/tutorial.md")).sections()) {
          section.steps().forEach(step -> go(reader, step));
          asking.awaitMore(3);
          if (section.heading().equals("Drop it in")) {
            assertThat(classes(lab)).isNotEmpty();
          }
        }
        assertThat(classes(lab)).isEmpty();
        assertThat(asking.failures()).isEmpty();
      }
    }
  }

  /** Whoever reads the page has the distribution at hand, and a Maven that fetches nothing here. */
  private Map<String, String> reader() throws IOException {
    Path home = Files.createDirectories(directory.resolve("home/.m2")).getParent();
    Files.writeString(
        home.resolve(".m2/settings.xml"),
        """
        <settings>
          <mirrors>
            <mirror>
              <id>local</id>
              <mirrorOf>central</mirrorOf>
              <url>%s</url>
            </mirror>
          </mirrors>
        </settings>
        """
            .formatted(Path.of(System.getProperty("weir.repository")).toUri()));
    Map<String, String> environment = new HashMap<>();
    environment.put("WEIR", Run.HOME.toString());
    environment.put("PATH", Run.HOME.resolve("bin") + ":" + System.getenv("PATH"));
    environment.put("MAVEN_OPTS", "-Duser.home=" + home);
    return environment;
  }

  /** Runs the command; again, until it answers what the page says, if it says something. */
  private void go(Map<String, String> reader, Tutorial.Step step) {
    List<String> shell =
        List.of("bash", "-c", "cd '%s' && %s".formatted(directory, step.command()));
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      Run.Ended ended = Run.run(reader, "", shell);
      if (step.answer().isEmpty()) {
        assertThat(ended.code()).as(step.command() + ": " + ended.told()).isZero();
        return;
      }
      if (lines(ended).equals(step.answer())) {
        return;
      }
      if (System.nanoTime() > end) {
        assertThat(lines(ended)).as(step.command() + ": " + ended.told()).isEqualTo(step.answer());
      }
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  /** Columns without their padding, less what the test itself has on the node. */
  private static List<String> lines(Run.Ended ended) {
    return ended
        .out()
        .lines()
        .map(line -> line.strip().replaceAll(" +", " "))
        .filter(line -> !line.startsWith("traffic "))
        .toList();
  }

  /** Classes of the example that the engine holds after a collection of garbage. */
  private static List<String> classes(Lab lab) throws IOException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
    String engine = lab.process();
    Commands.run(jcmd, engine, "GC.run");
    return Commands.run(jcmd, engine, "VM.class_hierarchy")
        .lines()
        .filter(line -> line.contains(CLASSES))
        .toList();
  }
}
