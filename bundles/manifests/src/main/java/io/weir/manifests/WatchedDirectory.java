package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.manifests.DirectoryTree.Entry;
import io.weir.manifests.Manifest.Document;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Finds what has changed below a directory, and reads only what has been written to its end: a file
 * that nobody has open for writing and that has been left alone for a moment. Names that begin with
 * a dot are none of ours, nor are those that do not end in {@code .yaml}, {@code .yml}, {@code
 * .json}: so are the temporary files of editors and of {@code mv}.
 */
final class WatchedDirectory {
  /** For how long a file must have been left alone. */
  static final Duration QUIET = Duration.ofMillis(100);

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

  private record Version(long size, FileTime modified, Object inode, String odd) {
    static Version of(BasicFileAttributes attributes, String odd) {
      return new Version(
          attributes.size(), attributes.lastModifiedTime(), attributes.fileKey(), odd);
    }
  }

  private record Seen(Version version, Instant since) {}

  private final Path root;
  private final InstantSource clock;
  private final UnaryOperator<Set<Path>> beingWritten;
  private final long room;
  private final Map<String, Version> read = new HashMap<>();
  private final Map<String, Long> weights = new HashMap<>();

  /** Files that were read in part for want of room. */
  private final Set<String> cramped = new HashSet<>();

  private Map<String, Seen> unsettled = new HashMap<>();

  /**
   * @param beingWritten those of some files that somebody writes
   */
  WatchedDirectory(Path root, InstantSource clock, UnaryOperator<Set<Path>> beingWritten) {
    this(root, clock, beingWritten, Weight.ROOM);
  }

  /**
   * @param room of all manifests together, as {@link Weight} estimates it
   */
  WatchedDirectory(
      Path root, InstantSource clock, UnaryOperator<Set<Path>> beingWritten, long room) {
    this.root = root;
    this.clock = clock;
    this.beingWritten = beingWritten;
    this.room = room;
  }

  /** Whether {@code name} is read at all, directories apart. */
  static boolean isManifest(String name) {
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  Look look() throws IOException {
    SortedMap<String, Entry> entries = DirectoryTree.of(root);
    Set<String> gone = new TreeSet<>(read.keySet());
    gone.removeAll(entries.keySet());
    long weight = weight();
    gone.forEach(this::forgotten);
    Map<String, Entry> fresh = new TreeMap<>();
    entries.forEach(
        (name, entry) -> {
          if (!version(entry).equals(read.get(name))) {
            fresh.put(name, entry);
          }
        });
    Set<Path> written = beingWritten.apply(leftAlone(fresh));
    Map<String, Manifest> changed = new TreeMap<>();
    Map<String, Seen> waiting = new HashMap<>();
    fresh.forEach(
        (name, entry) -> {
          boolean settled = isLeftAlone(name, entry) && !written.contains(entry.path());
          Manifest manifest = settled ? read(name, entry) : null;
          if (manifest == null) {
            waiting.put(name, seen(name, version(entry)));
          } else {
            changed.put(name, manifest);
          }
        });
    unsettled = waiting;
    if (weight() < weight) {
      read.keySet().removeAll(cramped); // there is room again
    }
    return new Look(changed, gone, Set.copyOf(waiting.keySet()));
  }

  /** Says that this process has written {@code name} itself and what is in it. */
  void known(String name, Manifest manifest) throws IOException {
    read.put(name, Version.of(attributes(root.resolve(name)), ""));
    weights.put(name, Weight.of(manifest));
  }

  /** Says that this process has taken {@code name} away itself. */
  void forgotten(String name) {
    read.remove(name);
    weights.remove(name);
    cramped.remove(name);
  }

  /** What all manifests together may take, in bytes as {@link Weight} estimates them. */
  long room() {
    return room;
  }

  /** What is left of it beside all files but {@code replaced}. */
  long room(Set<String> replaced) {
    return room
        - weight()
        + replaced.stream().mapToLong(name -> weights.getOrDefault(name, 0L)).sum();
  }

  private long weight() {
    return weights.values().stream().mapToLong(Long::longValue).sum();
  }

  /** A clock that was put back must not make it wait for as long. */
  private Seen seen(String name, Version version) {
    Seen seen = unsettled.get(name);
    Instant now = clock.instant();
    return seen != null && seen.version().equals(version) && !seen.since().isAfter(now)
        ? seen
        : new Seen(version, now);
  }

  private Set<Path> leftAlone(Map<String, Entry> fresh) {
    Set<Path> files = new HashSet<>();
    fresh.forEach(
        (name, entry) -> {
          if (entry.odd().isEmpty() && isLeftAlone(name, entry)) {
            files.add(entry.path());
          }
        });
    return files;
  }

  /**
   * A time stamp of the future says nothing: then it counts how long we have seen the file so. What
   * Weir keeps itself comes by its name when it is whole.
   */
  private boolean isLeftAlone(String name, Entry entry) {
    Instant now = clock.instant();
    Version version = version(entry);
    Seen seen = unsettled.get(name);
    return name.startsWith(Sources.APPLIED)
        || !entry.odd().isEmpty()
        || !version.modified().toInstant().isAfter(now.minus(QUIET))
        || seen != null
            && seen.version().equals(version)
            && !seen.since().isAfter(now.minus(QUIET));
  }

  /** The content, or null if it has changed meanwhile. */
  private Manifest read(String name, Entry entry) {
    Version version = version(entry);
    Manifest manifest;
    try {
      if (!entry.odd().isEmpty()) {
        manifest = refused(name, "a file", entry.odd());
      } else if (version.size() > ManifestReader.LARGEST_FILE) {
        manifest = refused(name, ManifestReader.SIZE, (version.size() >> 20) + " MiB");
      } else {
        long rest = room - weight() + weights.getOrDefault(name, 0L);
        manifest = AppliedFiles.read(name, bytes(entry), rest).withoutBadTexts();
        if (!version.equals(Version.of(attributes(entry.path()), ""))) {
          return null;
        }
      }
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      manifest = refused(name, "a readable file", e.getClass().getSimpleName());
    }
    forgotten(name);
    read.put(name, version);
    weights.put(name, Weight.of(manifest));
    if (!manifest.whole()) {
      cramped.add(name);
    }
    return manifest;
  }

  /**
   * As many as the file had, and none of one that has none: those of {@code /proc} say so, and may
   * wait for ever when they are read.
   */
  private static byte[] bytes(Entry entry) throws IOException {
    try (InputStream in = Files.newInputStream(entry.path())) {
      return in.readNBytes((int) entry.attributes().size());
    }
  }

  private static Manifest refused(String name, String expected, String came) {
    return new Manifest(name, List.of(Document.refused(1, "", Problem.of(name, expected, came))));
  }

  private static Version version(Entry entry) {
    return Version.of(entry.attributes(), entry.odd());
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class);
  }
}
