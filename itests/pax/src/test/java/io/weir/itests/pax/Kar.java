package io.weir.itests.pax;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** The archive of a node's features, with all their bundles. */
record Kar(Path file) {
  private static final String REPOSITORY = "/repository";

  static Kar built() {
    return new Kar(Path.of(System.getProperty("weir.kar")));
  }

  /** Its repository, in Maven's layout, below {@code directory}. */
  Path unpack(Path directory) {
    try (FileSystem zip = FileSystems.newFileSystem(file)) {
      Path root = zip.getPath(REPOSITORY);
      for (Path from : files(root)) {
        Path to = directory.resolve(root.relativize(from).toString());
        Files.createDirectories(to.getParent());
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file of features in an unpacked repository. */
  Path features(Path repository) {
    String version = System.getProperty("weir.version");
    return repository.resolve(
        "io/weir/io.weir.features/%1$s/io.weir.features-%1$s-features.xml".formatted(version));
  }

  private static List<Path> files(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }
}
