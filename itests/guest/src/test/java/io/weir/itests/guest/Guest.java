package io.weir.itests.guest;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The guest, booted once for all tests, and what it was given.
 *
 * @param objects name → object
 */
record Guest(GuestReport report, Map<String, BuiltObject> objects) {
  static final Path TARGET = Path.of("target").toAbsolutePath();
  static final Path OBJECTS = TARGET.resolve("objects");

  private static final long LIMIT_SECONDS = 175;

  private static final class Booted {
    private static final Guest guest = boot();
  }

  static Guest booted() {
    return Booted.guest;
  }

  private static Guest boot() {
    try {
      Map<String, BuiltObject> objects = new TreeMap<>();
      copyObjects();
      try (Stream<Path> files = Files.list(OBJECTS)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString().replace(".bpf.o", "");
          objects.put(name, BuiltObject.of(name, Files.readAllBytes(file)));
        }
      }
      run(TARGET.resolve("guest.log"), "./guest", OBJECTS.toString(), TARGET.toString());
      return new Guest(GuestReport.read(TARGET), objects);
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("the guest did not boot", e);
    }
  }

  /** Runs a command of the guest's to its end. */
  static void run(Path said, String... command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    boolean ended = false;
    try {
      ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    assertThat(ended && process.exitValue() == 0)
        .as("%s, in %s s:%n%s", command[0], LIMIT_SECONDS, Files.readString(said))
        .isTrue();
  }

  /** From the bundle {@code bpf}, a directory or a jar. */
  private static void copyObjects() throws IOException, URISyntaxException {
    URL one = Guest.class.getResource("/weir/layout.bpf.o");
    assertThat(one).as("the bundle io.weir.bpf among the test's dependencies").isNotNull();
    Files.createDirectories(OBJECTS);
    try (Stream<Path> old = Files.list(OBJECTS)) {
      old.map(Path::toFile).forEach(File::delete);
    }
    URI uri = one.toURI();
    if (!uri.getScheme().equals("jar")) {
      copyObjects(Path.of(uri).getParent());
      return;
    }
    try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
      copyObjects(jar.getPath("/weir"));
    }
  }

  private static void copyObjects(Path from) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      files
          .filter(file -> file.toString().endsWith(".bpf.o"))
          .forEach(file -> copy(file, OBJECTS.resolve(file.getFileName().toString())));
    }
  }

  private static void copy(Path from, Path to) {
    try {
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
