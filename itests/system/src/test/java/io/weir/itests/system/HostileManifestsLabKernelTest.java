package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.weir.itests.testing.Commands;
import io.weir.itests.testing.HostileManifests;
import io.weir.itests.testing.HostileManifests.Hostile;
import io.weir.itests.testing.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * A thousand files that nobody should write are put beside a good one into the manifests of a
 * running node: the good one is in force, each of them is told by name, memory stays bounded, and
 * nothing is left of them when they go.
 */
@NeedsRoot
class HostileManifestsLabKernelTest {
  private static final int COUNT = 1000;
  private static final long SEED = Long.getLong("weir.seed", 7);
  private static final long LIMIT_SECONDS = 150;

  /** Resident memory, MiB: the heap at its largest, and as much as an engine has beside it. */
  private static final int MOST_MEMORY = 400;

  private static final String GOOD = Yaml.ingress("default", "good", "app: server", "app: client");

  private List<Hostile> left = List.of();

  @Test
  void should_obey_good_manifests_and_name_bad_ones_within_bounds() throws Exception {
    try (Lab lab = new Lab("hostile")) {
      lab.up();
      lab.apply(
          Yaml.echo("default", "server", "app: server")
              + Yaml.shell("default", "client", "app: client")
              + Yaml.shell("default", "stranger", "app: stranger"));
      String url = "http://" + lab.addresses("default/server").get(0) + "/";
      assertThat(lab.reaches("stranger", url)).isTrue();
      Path manifests = Path.of("/var/lib/weir", lab.engine(), "manifests");
      long engine = engine(lab);

      Path hostile = Files.createDirectory(manifests.resolve("hostile"));
      List<Hostile> bad = HostileManifests.write(hostile, SEED, COUNT, GOOD);
      Files.writeString(manifests.resolve("good.yaml"), GOOD);

      await("the good policy is in force", () -> !lab.reaches("stranger", url));
      assertThat(lab.reaches("client", url)).isTrue();
      await("each bad one is named", () -> (left = unnamed(lab, bad)).isEmpty());
      assertThat(engine(lab)).as("the engine is the same").isEqualTo(engine);
      long mib = kibibytes(engine, "VmHWM:") >> 10;
      System.out.printf("most resident memory of the engine: %s MiB%n", mib);
      assertThat(mib).isLessThan(MOST_MEMORY);

      Commands.run("rm", "-r", hostile.toString());
      await("nothing is left of them", () -> lab.tryWeir("", "status").code() == 0);
      assertThat(lab.reaches("stranger", url)).isFalse();
      assertThat(lab.reaches("client", url)).isTrue();
    }
  }

  /** Some of those of which {@code weir status} has no sentence, for a failure that can be read. */
  private static List<Hostile> unnamed(Lab lab, List<Hostile> bad) {
    Run.Ended status = lab.tryWeir("", "status", "-o", "json");
    assertThat(status.code()).isEqualTo(1);
    List<String> sentences = new ArrayList<>();
    JsonParser.parseString(status.out())
        .getAsJsonArray()
        .forEach(row -> sentences.add(row.getAsJsonObject().get("what").getAsString()));
    List<Hostile> unnamed = new ArrayList<>(bad);
    unnamed.removeIf(
        one ->
            sentences.stream()
                .anyMatch(line -> line.contains(one.told()) && line.contains(one.because())));
    return unnamed.subList(0, Math.min(unnamed.size(), 5));
  }

  private static long engine(Lab lab) throws IOException {
    Path lock = Path.of("/run/weir", lab.engine(), "engine.lock");
    return Long.parseLong(Files.readString(lock).strip());
  }

  private static long kibibytes(long process, String field) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process + "/status")).stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  private void await(String what, BooleanSupplier so) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!so.getAsBoolean()) {
      assertThat(System.nanoTime())
          .as("within %s s: %s; not yet: %s", LIMIT_SECONDS, what, left)
          .isLessThan(deadline);
    }
  }
}
