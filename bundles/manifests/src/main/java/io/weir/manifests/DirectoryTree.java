package io.weir.manifests;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is below a directory: the files that may be read, and by name what cannot be. Links are
 * followed; however they lead to each other, each directory is entered once.
 */
final class DirectoryTree {
  /** Deep enough for {@code applied/kind/namespace}. */
  private static final int DEEPEST = 8;

  private static final int MOST_ENTRIES = 20_000;

  /**
   * Something with the name of a manifest, or that hides some.
   *
   * @param odd why it cannot be read, as what came instead of a file; empty for a file
   */
  record Entry(Path path, BasicFileAttributes attributes, String odd) {}

  private final Path root;
  private final SortedMap<String, Entry> entries = new TreeMap<>();
  private final Map<Object, String> entered = new HashMap<>();

  private DirectoryTree(Path root) {
    this.root = root;
  }

  /** By name relative to {@code root}. */
  static SortedMap<String, Entry> of(Path root) throws IOException {
    DirectoryTree tree = new DirectoryTree(root);
    Files.walkFileTree(
        root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEEPEST, tree.new Visitor(root));
    return tree.entries;
  }

  private final class Visitor extends SimpleFileVisitor<Path> {
    private final Path start;

    Visitor(Path start) {
      this.start = start;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      if (directory.equals(start)) {
        entered.put(attributes.fileKey(), "");
        return FileVisitResult.CONTINUE;
      }
      if (isHidden(directory)) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      String name = root.relativize(directory).toString();
      String earlier = entered.putIfAbsent(attributes.fileKey(), name);
      if (earlier != null) {
        return add(directory, attributes, "a link to " + shown(earlier) + ", which is read there")
            ? FileVisitResult.SKIP_SUBTREE
            : FileVisitResult.TERMINATE;
      }
      boolean named = WatchedDirectory.isManifest(directory.getFileName().toString());
      return !named || add(directory, attributes, "a directory")
          ? FileVisitResult.CONTINUE
          : FileVisitResult.TERMINATE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      boolean tooDeep = attributes.isDirectory() && !isHidden(file);
      boolean goesOn = true;
      if (tooDeep) {
        goesOn = add(file, attributes, "a directory more than " + (DEEPEST - 1) + " levels down");
      } else if (WatchedDirectory.isManifest(file.getFileName().toString())) {
        goesOn = add(file, attributes, odd(attributes));
      }
      return goesOn ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (file.equals(start)) {
        throw e;
      }
      if (isHidden(file)) {
        return FileVisitResult.CONTINUE;
      }
      String odd =
          e instanceof FileSystemLoopException
              ? "a link to a directory that it is in"
              : e.getClass().getSimpleName();
      BasicFileAttributes link =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return add(file, link, odd) ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }
  }

  private static boolean isHidden(Path path) {
    return path.getFileName().toString().startsWith(".");
  }

  private static String shown(String directory) {
    return directory.isEmpty() ? "the directory of manifests" : directory;
  }

  private static String odd(BasicFileAttributes attributes) {
    if (attributes.isRegularFile()) {
      return "";
    }
    return attributes.isSymbolicLink()
        ? "a link that leads to no file"
        : "a pipe, a socket or a device";
  }

  /** Whether there is room for more. */
  private boolean add(Path path, BasicFileAttributes attributes, String odd) {
    if (entries.size() < MOST_ENTRIES) {
      entries.put(root.relativize(path).toString(), new Entry(path, attributes, odd));
      return true;
    }
    entries.put("…", new Entry(path, attributes, "more than " + MOST_ENTRIES + " files"));
    return false;
  }
}
