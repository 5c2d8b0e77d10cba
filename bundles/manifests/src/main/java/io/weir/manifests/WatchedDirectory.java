package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.manifests.Manifest.Document;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Finds what has changed below a directory, and reads only what has been written to its end: a file
 * that nobody has open for writing and that has been left alone for a moment. Names that begin with
 * a dot are none of ours, nor are those that do not end in {@code .yaml}, {@code .yml}, {@code
 * .json}: so are the temporary files of editors and of {@code mv}.
 */
final class WatchedDirectory {
  /** For how long a file must have been left alone. */
  static final Duration QUIET = Duration.ofMillis(100);

  /** Deep enough for {@code applied/kind/namespace}; a loop of links ends somewhere. */
  private static final int DEEPEST = 8;

  /**
   * What a look found.
   *
   * @param changed relative name → its documents, of files that are new or have other content
   * @param gone relative names
   * @param unsettled relative names of files that are still being written: look again after {@link
   *     #QUIET}
   */
  record Look(Map<String, Manifest> changed, Set<String> gone, Set<String> unsettled) {
    boolean isEmpty() {
      return changed.isEmpty() && gone.isEmpty() && unsettled.isEmpty();
    }
  }

  private record Version(long size, FileTime modified, Object inode) {
    static Version of(BasicFileAttributes attributes) {
      return new Version(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    }
  }

  private record Seen(Version version, Instant since) {}

  private final Path root;
  private final InstantSource clock;
  private final Predicate<Path> isBeingWritten;
  private final Map<String, Version> read = new HashMap<>();
  private Map<String, Seen> unsettled = new HashMap<>();

  WatchedDirectory(Path root, InstantSource clock, Predicate<Path> isBeingWritten) {
    this.root = root;
    this.clock = clock;
    this.isBeingWritten = isBeingWritten;
  }

  /** Whether {@code name} is read at all, directories apart. */
  static boolean isManifest(String name) {
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  Look look() throws IOException {
    Map<String, BasicFileAttributes> files = files();
    Map<String, Manifest> changed = new TreeMap<>();
    Set<String> gone = new TreeSet<>(read.keySet());
    gone.removeAll(files.keySet());
    read.keySet().removeAll(gone);
    Map<String, Seen> waiting = new HashMap<>();
    files.forEach(
        (name, attributes) -> {
          Version version = Version.of(attributes);
          if (version.equals(read.get(name))) {
            return;
          }
          Manifest manifest = isSettled(name, version) ? read(name, version) : null;
          if (manifest == null) {
            Seen seen = unsettled.get(name);
            waiting.put(
                name,
                seen != null && seen.version().equals(version)
                    ? seen
                    : new Seen(version, clock.instant()));
          } else {
            changed.put(name, manifest);
          }
        });
    unsettled = waiting;
    return new Look(changed, gone, Set.copyOf(waiting.keySet()));
  }

  /** Says that this process has written {@code name} itself and knows what is in it. */
  void known(String name) throws IOException {
    read.put(name, Version.of(attributes(root.resolve(name))));
  }

  /** Says that this process has taken {@code name} away itself. */
  void forgotten(String name) {
    read.remove(name);
  }

  /**
   * A time stamp of the future says nothing: then it counts how long we have seen the file so. What
   * Weir keeps itself comes by its name when it is whole.
   */
  private boolean isSettled(String name, Version version) {
    Instant now = clock.instant();
    Instant modified = version.modified().toInstant();
    Seen seen = unsettled.get(name);
    boolean leftAlone =
        name.startsWith(Sources.APPLIED)
            || !modified.isAfter(now.minus(QUIET))
            || seen != null
                && seen.version().equals(version)
                && !seen.since().isAfter(now.minus(QUIET));
    return leftAlone && !isBeingWritten.test(root.resolve(name));
  }

  /** The content, or null if it has changed meanwhile. */
  private Manifest read(String name, Version version) {
    Path file = root.resolve(name);
    try {
      Manifest manifest;
      if (version.size() > ManifestReader.LARGEST_FILE) {
        manifest = refused(name, "at most 32 MiB", (version.size() >> 20) + " MiB");
      } else {
        manifest = AppliedFiles.read(name, Files.readAllBytes(file));
      }
      if (!Objects.equals(version, Version.of(attributes(file)))) {
        return null;
      }
      read.put(name, version);
      return manifest;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      return refused(name, "a readable file", e.getClass().getSimpleName());
    }
  }

  private static Manifest refused(String name, String expected, String came) {
    return new Manifest(name, List.of(Document.refused(1, "", Problem.of(name, expected, came))));
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class);
  }

  private Map<String, BasicFileAttributes> files() throws IOException {
    Map<String, BasicFileAttributes> files = new TreeMap<>();
    Files.walkFileTree(
        root,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        DEEPEST,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return directory.equals(root) || !directory.getFileName().toString().startsWith(".")
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && isManifest(file.getFileName().toString())) {
              files.put(root.relativize(file).toString(), attributes);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (file.equals(root)) {
              throw e;
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }
}
