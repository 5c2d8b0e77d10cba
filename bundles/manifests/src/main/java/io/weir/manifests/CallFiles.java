package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.SocketCall;
import io.weir.manifests.Manifest.Document;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads what {@code -f} names: files, directories, standard input. Paths are those of the caller,
 * whose working directory comes as {@code PWD}.
 */
final class CallFiles {
  private static final int DEEPEST = 16;

  private final SocketCall call;
  private final String namespace;
  private final boolean recursive;
  private long room = Weight.ROOM;

  CallFiles(SocketCall call, String namespace, boolean recursive) {
    this.call = call;
    this.namespace = namespace;
    this.recursive = recursive;
  }

  List<Manifest> read(List<String> names) throws IOException {
    List<Manifest> manifests = new ArrayList<>();
    for (String name : names) {
      if (name.equals("-")) {
        byte[] bytes = call.in().readNBytes(ManifestReader.LARGEST_FILE + 1);
        manifests.add(read("stdin", bytes));
      } else {
        file(name, manifests);
      }
    }
    return manifests;
  }

  /** All files of a call together have room once. */
  private Manifest read(String source, byte[] bytes) {
    Manifest manifest = new ManifestReader(namespace, Math.max(0, room)).read(source, bytes);
    room -= Weight.of(manifest);
    return manifest;
  }

  private void file(String name, List<Manifest> manifests) {
    try {
      Path path = Path.of(call.environment().getOrDefault("PWD", "/")).resolve(name);
      if (Files.isDirectory(path)) {
        for (Path file : directory(path)) {
          manifests.add(read(Path.of(name).resolve(path.relativize(file)).toString(), file));
        }
      } else {
        manifests.add(read(name, path));
      }
    } catch (InvalidPathException | IOException e) {
      manifests.add(refused(name, "a file or directory that can be read", e.getMessage()));
    }
  }

  private Manifest read(String name, Path path) throws IOException {
    if (!Files.exists(path)) {
      return refused(name, "a file or directory", "none");
    }
    if (!Files.isRegularFile(path)) {
      return new Manifest(
          name,
          List.of(
              Document.refused(
                  1,
                  "",
                  Problem.of(name, "a file or directory", "something else")
                      .remedy("pipe it to -f -"))));
    }
    if (Files.size(path) > ManifestReader.LARGEST_FILE) {
      return refused(name, ManifestReader.SIZE, (Files.size(path) >> 20) + " MiB");
    }
    return read(name, Files.readAllBytes(path));
  }

  private List<Path> directory(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path, recursive ? DEEPEST : 1)) {
      return files
          .filter(file -> WatchedDirectory.isManifest(file.getFileName().toString()))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }

  private static Manifest refused(String name, String expected, String came) {
    return new Manifest(name, List.of(Document.refused(1, "", Problem.of(name, expected, came))));
  }
}
