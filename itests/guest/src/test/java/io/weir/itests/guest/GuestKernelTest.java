package io.weir.itests.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.itests.guest.GuestReport.Check;
import io.weir.itests.guest.GuestReport.Program;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Every program of every object on Debian 12's 6.1 kernel, the oldest that is supported, which has
 * clsact and no tcx. The guest boots once for all of these; what it said stays in {@code
 * target/console.log}, the verifier's logs in {@code target/verifier}. Needs no root.
 */
class GuestKernelTest {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final long LIMIT_SECONDS = 175;

  private static final List<String> built = new ArrayList<>();
  private static GuestReport report;

  @BeforeAll
  static void boot() throws Exception {
    Path objects = TARGET.resolve("objects");
    for (Path object : copyObjects(objects)) {
      String name = object.getFileName().toString().replace(".bpf.o", "");
      BuiltPrograms.of(name, Files.readAllBytes(object))
          .forEach(program -> built.add(name + "/" + program));
    }
    Path said = TARGET.resolve("guest.log");
    Process guest =
        new ProcessBuilder("./guest", objects.toString(), TARGET.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    boolean ended = guest.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
    guest.descendants().forEach(ProcessHandle::destroyForcibly);
    guest.destroyForcibly();
    assertThat(ended && guest.exitValue() == 0)
        .as("itests/guest/guest, in %s s:%n%s", LIMIT_SECONDS, Files.readString(said))
        .isTrue();
    report = GuestReport.read(TARGET);
  }

  @Test
  void should_be_the_kernel_that_is_the_oldest_supported() {
    assertThat(report.release()).startsWith("6.1.");
  }

  @Test
  void should_load_every_program_that_was_built() {
    assertThat(built).contains("pod/from_pod", "pod/to_pod", "sock/connect4");
    assertThat(report.programs().stream().filter(Program::loaded).map(GuestKernelTest::name))
        .as(report.complaints())
        .containsExactlyInAnyOrderElementsOf(built);
  }

  @Test
  void should_attach_replace_and_detach_every_program() {
    assertThat(report.programs()).isNotEmpty();
    assertThat(report.complaints()).isEmpty();
  }

  @Test
  void should_keep_what_the_verifier_said_of_each_program() {
    assertThat(report.programs())
        .isNotEmpty()
        .allSatisfy(program -> assertThat(report.log(program)).content().contains("processed "));
  }

  @Test
  void should_let_through_and_drop_what_the_maps_say() {
    assertThat(report.checks()).extracting(Check::name).contains("IPv4 goes", "service at connect");
    assertThat(report.checks()).allMatch(Check::ok);
  }

  private static String name(Program program) {
    return program.object() + "/" + program.name();
  }

  /** From the bundle {@code bpf}, a directory or a jar. */
  private static List<Path> copyObjects(Path to) throws IOException, URISyntaxException {
    URL one = GuestKernelTest.class.getResource("/weir/layout.bpf.o");
    assertThat(one).as("the bundle io.weir.bpf among the test's dependencies").isNotNull();
    Files.createDirectories(to);
    try (Stream<Path> old = Files.list(to)) {
      old.map(Path::toFile).forEach(File::delete);
    }
    URI uri = one.toURI();
    if (!uri.getScheme().equals("jar")) {
      return copyObjects(Path.of(uri).getParent(), to);
    }
    try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
      return copyObjects(jar.getPath("/weir"), to);
    }
  }

  private static List<Path> copyObjects(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      return files
          .filter(file -> file.toString().endsWith(".bpf.o"))
          .map(file -> copy(file, to.resolve(file.getFileName().toString())))
          .toList();
    }
  }

  private static Path copy(Path from, Path to) {
    try {
      return Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
