package io.weir.manifests;

import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.manifests.Manifest.Document;
import io.weir.manifests.schema.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code weir apply} has applied, one file a resource: {@code
 * applied/service/default/web.yaml}. The first line says where it came from, so that a resource
 * read back equals the one that was applied, and nothing changes at a restart.
 */
final class AppliedFiles {
  /** {@code # from SOURCE, line 12}, and {@code , item} for what had no text of its own. */
  private static final Pattern HEADER = Pattern.compile("# from (.*), line (\\d{1,9})(, item)?\\R");

  /** No document begins further down. */
  private static final int LAST_LINE = ManifestReader.LARGEST_FILE;

  private static final Set<OpenOption> FRESH =
      Set.of(
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);

  private final Path root;

  /**
   * @param root the watched directory
   */
  AppliedFiles(Path root) {
    this.root = root;
  }

  /** Relative to the watched directory. */
  static String name(ResourceKey key) {
    String namespace = key.namespace().isEmpty() ? "" : key.namespace() + "/";
    String kind = Kind.named(key.kind()).orElseThrow().lower();
    return Sources.APPLIED + kind + "/" + namespace + key.name() + ".yaml";
  }

  /** What is written for {@code document}, whose resource is there. */
  static String text(Document document) {
    Resource resource = document.resource().orElseThrow();
    String source = resource.origin().source().replaceAll("\\R", " ");
    boolean item = document.text().isEmpty();
    return "# from %s, line %s%s\n".formatted(source, document.line(), item ? ", item" : "")
        + (item ? ResourceText.yaml(resource) : document.text());
  }

  /**
   * The documents of one file of the watched directory, an applied one or not.
   *
   * @param name relative to the directory
   * @param room see {@link ManifestReader}; what was applied had its room then
   */
  static Manifest read(String name, byte[] bytes, long room) {
    if (!name.startsWith(Sources.APPLIED)) {
      return new ManifestReader("default", room).read(name, bytes);
    }
    Manifest plain = new ManifestReader(namespaceOf(name)).read(name, bytes);
    String text = new String(bytes, StandardCharsets.UTF_8);
    Matcher header = HEADER.matcher(text);
    if (!header.lookingAt()) {
      return plain;
    }
    int line = (int) Math.min(LAST_LINE, Long.parseLong(header.group(2)));
    Manifest shifted = at(line, namespaceOf(name), header.group(1), text.substring(header.end()));
    return new Manifest(name, header.group(3) == null ? shifted.documents() : items(line, shifted));
  }

  /** Reads a document's text as if it stood on {@code line} of {@code source}. */
  static Manifest at(int line, String namespace, String source, String text) {
    return new ManifestReader(namespace).read(source, Math.max(1, line), text);
  }

  /** An item of a list: it has no text of its own, and only the line of its start is known. */
  static Document item(Document document) {
    Optional<Resource> resource =
        document
            .resource()
            .map(
                one ->
                    new Resource(
                        one.key(),
                        one.apiVersion(),
                        one.labels(),
                        one.annotations(),
                        one.body(),
                        new Resource.Origin(one.origin().source(), one.origin().line(), Map.of())));
    return new Document(
        document.line(), "", document.key(), resource, document.problems(), document.warnings());
  }

  private static List<Document> items(int line, Manifest manifest) {
    List<Document> items = new ArrayList<>();
    manifest.documents().forEach(document -> items.add(item(document)));
    return items;
  }

  private static String namespaceOf(String name) {
    String[] parts = name.split("/");
    return name.startsWith(Sources.APPLIED) && parts.length == 4 ? parts[2] : "default";
  }

  /**
   * Returns when the files are on the disk under their names.
   *
   * @return what could not be written, and why
   */
  Map<ResourceKey, IOException> write(Collection<Document> documents) {
    Map<ResourceKey, IOException> failures = new LinkedHashMap<>();
    Map<Path, List<ResourceKey>> written = new LinkedHashMap<>();
    for (Document document : documents) {
      ResourceKey key = document.key().orElseThrow();
      try {
        written.computeIfAbsent(write(document), path -> new ArrayList<>()).add(key);
      } catch (IOException e) {
        failures.put(key, e);
      }
    }
    written.forEach(
        (directory, keys) -> {
          try {
            force(directory);
          } catch (IOException e) {
            keys.forEach(key -> failures.put(key, e));
          }
        });
    return failures;
  }

  /** The directory, which is still to be forced. */
  private Path write(Document document) throws IOException {
    Path file = root.resolve(name(document.key().orElseThrow()));
    Path directory = file.getParent();
    Files.createDirectories(directory);
    Path temporary = directory.resolve("." + file.getFileName() + ".new");
    try (FileChannel channel = FileChannel.open(temporary, FRESH)) {
      ByteBuffer rest = ByteBuffer.wrap(text(document).getBytes(StandardCharsets.UTF_8));
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    return directory;
  }

  void delete(ResourceKey key) throws IOException {
    Path file = root.resolve(name(key));
    Files.deleteIfExists(file);
    force(file.getParent());
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
