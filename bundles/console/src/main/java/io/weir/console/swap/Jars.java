package io.weir.console.swap;

import io.weir.api.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.osgi.framework.Constants;

/** Jars of bundles: found, copied, and read as far as needed to know what they are. */
final class Jars {
  private static final int DEPTH = 8;

  /** What a jar says of itself; the version of one that says none is 0.0.0. */
  record Identity(String bundle, String version) {}

  /** The distribution's repository. */
  private final Path repository;

  Jars(Path repository) {
    this.repository = repository;
  }

  /**
   * Copies the jar that is meant to a file of our own, so that it does not change any more.
   *
   * @param place a URL, a path of a jar, a directory that holds one of the bundle, or a version in
   *     the distribution's repository
   * @param here the directory that a relative path begins at
   * @return what came
   * @throws io.weir.api.ProblemException when there is none, or one of another bundle
   */
  Identity fetch(String bundle, String place, Path here, Path to) {
    try {
      Files.createDirectories(to.getParent());
      try (InputStream in = open(bundle, place, here)) {
        Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw Problem.of(place, "the jar of " + bundle, String.valueOf(e.getMessage())).asException();
    }
    Identity came =
        identity(to)
            .orElseThrow(
                () ->
                    Problem.of(place, "the jar of " + bundle, "a file that is no bundle")
                        .remedy("nothing was touched")
                        .asException());
    if (!came.bundle().equals(bundle)) {
      throw Problem.of(place, "the jar of " + bundle, "one of " + came.bundle())
          .remedy("nothing was touched")
          .asException();
    }
    return came;
  }

  private InputStream open(String bundle, String place, Path here) throws IOException {
    if (place.matches("[a-z]+:.+")) {
      return URI.create(place).toURL().openStream();
    }
    Path path = here.resolve(place);
    if (Files.isDirectory(path)) {
      Path jar = all(path).get(bundle);
      if (jar == null) {
        throw Problem.of(place, "a jar of " + bundle, "a directory without one").asException();
      }
      return Files.newInputStream(jar);
    }
    if (Files.exists(path)) {
      return Files.newInputStream(path);
    }
    Path stored = repository.resolve(bundle + "/" + place + "/" + bundle + "-" + place + ".jar");
    if (!place.contains("/") && Files.exists(stored)) {
      return Files.newInputStream(stored);
    }
    throw Problem.of(
            place,
            "a URL, a jar, a directory, or a version of " + bundle + " in " + repository,
            "none of them")
        .asException();
  }

  /**
   * The jars of bundles of ours in a directory and below it, by symbolic name.
   *
   * @throws io.weir.api.ProblemException when two are of one bundle, or the directory can't be read
   */
  static Map<String, Path> all(Path directory) {
    Map<String, Path> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory, DEPTH)) {
      List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
      for (Path jar : jars) {
        Optional<Identity> identity =
            identity(jar).filter(it -> it.bundle().startsWith("io.weir."));
        if (identity.isEmpty()) {
          continue;
        }
        Path other = found.put(identity.get().bundle(), jar);
        if (other != null) {
          throw Problem.of(
                  directory.toString(),
                  "one jar of " + identity.get().bundle(),
                  other.getFileName() + " and " + jar.getFileName())
              .asException();
        }
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      throw Problem.of(directory.toString(), "a directory of jars", e.getMessage()).asException();
    }
    return found;
  }

  /** What a file says of itself; empty where it is no bundle. */
  static Optional<Identity> identity(Path jar) {
    try (JarFile file = new JarFile(jar.toFile(), false)) {
      Manifest manifest = file.getManifest();
      String name =
          manifest == null
              ? null
              : manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME);
      if (name == null) {
        return Optional.empty();
      }
      String version = manifest.getMainAttributes().getValue(Constants.BUNDLE_VERSION);
      return Optional.of(
          new Identity(name.split(";", 2)[0].strip(), version == null ? "0.0.0" : version));
    } catch (IOException | SecurityException e) {
      return Optional.empty();
    }
  }
}
