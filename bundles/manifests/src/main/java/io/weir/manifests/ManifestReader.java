package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.manifests.Manifest.Document;
import io.weir.manifests.schema.Check;
import io.weir.manifests.schema.Kind;
import io.weir.manifests.yaml.Value;
import io.weir.manifests.yaml.YamlReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Text to resources. Each document stands for itself: a bad one has problems instead of a resource.
 * Never throws, whatever the text.
 */
public final class ManifestReader {
  /** Bytes of one file. */
  static final int LARGEST_FILE = 8 << 20;

  static final String SIZE = "at most " + (LARGEST_FILE >> 20) + " MiB";

  /** Problems of one stream that are told, and warnings. */
  static final int MOST_TOLD = 100;

  /** A name longer than this is none by which a document could be known. */
  private static final int LONGEST_NAME = 253;

  /**
   * Fields of metadata that {@link Resource} has components for, or that only an API server uses.
   */
  private static final Set<String> METADATA_APART =
      Set.of(
          "name",
          "namespace",
          "labels",
          "annotations",
          "managedFields",
          "resourceVersion",
          "generation",
          "selfLink");

  private final String defaultNamespace;
  private final long room;

  public ManifestReader() {
    this("default");
  }

  /**
   * @param defaultNamespace of resources that name none
   */
  public ManifestReader(String defaultNamespace) {
    this(defaultNamespace, Weight.ROOM);
  }

  /**
   * @param room of what is read, in bytes as {@link Weight} estimates them: documents beyond it are
   *     refused
   */
  ManifestReader(String defaultNamespace, long room) {
    this.defaultNamespace = defaultNamespace;
    this.room = room;
  }

  /**
   * @param source what problems call it: a file's path, {@code stdin}
   */
  public Manifest read(String source, byte[] bytes) {
    if (bytes.length > LARGEST_FILE) {
      return refused(source, Problem.of(source, SIZE, (bytes.length >> 20) + " MiB"));
    }
    try {
      return read(
          source, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return refused(source, Problem.of(source, "UTF-8", "bytes that are not"));
    }
  }

  public Manifest read(String source, String text) {
    return read(source, 1, text);
  }

  /**
   * @param firstLine of {@code text} in its source, from 1
   */
  Manifest read(String source, int firstLine, String text) {
    Reading reading = new Reading(source);
    YamlReader.read(source, firstLine, text, reading::take);
    return new Manifest(
        source, fewTold(source, withoutTwins(reading.documents)), reading.rest >= 0);
  }

  /** One stream, as far as there is room for it. */
  private final class Reading {
    private final String source;
    private final List<Document> documents = new ArrayList<>();
    private long rest = room;

    Reading(String source) {
      this.source = source;
    }

    void take(YamlReader.Document document) {
      if (rest < 0) {
        return;
      }
      List<Document> some =
          document.problem().isPresent()
              ? List.of(
                  Document.refused(document.line(), document.text(), document.problem().get()))
              : resources(source, document.line(), document.text(), document.value().orElseThrow());
      rest -= Weight.of(some);
      documents.addAll(
          rest >= 0
              ? some
              : List.of(Document.refused(document.line(), "", noRoom(document.line()))));
    }

    private Problem noRoom(int line) {
      return Weight.excess(source + ":" + line, Weight.ROOM, "more from here on");
    }
  }

  /** Beyond the first problems and warnings of a stream, the others are counted. */
  private static List<Document> fewTold(String source, List<Document> documents) {
    List<Document> few = new ArrayList<>();
    List<Document> silent = new ArrayList<>();
    int problems = 0;
    int warnings = 0;
    for (Document document : documents) {
      problems += document.problems().size();
      warnings += document.warnings().size();
      boolean tell =
          (document.problems().isEmpty() || problems <= MOST_TOLD)
              && (document.warnings().isEmpty() || warnings <= MOST_TOLD);
      (tell ? few : silent).add(document);
    }
    if (silent.isEmpty()) {
      return documents;
    }
    Problem rest =
        Problem.of(source, "there is something to say about " + silent.size() + " more documents");
    boolean nameless = false;
    for (Document document : silent) { // of those without a name, one says it for all
      if (document.key().isPresent() || !nameless) {
        few.add(document.saying(rest));
      }
      nameless |= document.key().isEmpty();
    }
    return few;
  }

  private static Manifest refused(String source, Problem problem) {
    return new Manifest(source, List.of(Document.refused(1, "", problem)));
  }

  private List<Document> resources(String source, int line, String text, Value value) {
    if (!(value instanceof Value.Fields written)) {
      return List.of(
          Document.refused(
              line,
              text,
              Problem.of(
                  source + ":" + value.line(),
                  "a resource (apiVersion, kind, metadata, …)",
                  value.described())));
    }
    Value.Field items = written.fields().get("items");
    if (items == null || !textOf(written, "kind").endsWith("List")) {
      return List.of(resource(source, line, text, written));
    }
    if (!(items.value() instanceof Value.Items list)) {
      return items.value().plain() == Resource.NULL
          ? List.of()
          : List.of(
              Document.refused(
                  line,
                  text,
                  Problem.of(
                      source + ":" + items.line() + ": items",
                      "a list",
                      items.value().described())));
    }
    List<Document> documents = new ArrayList<>();
    for (Value item : list.items()) {
      documents.addAll(resources(source, item.line(), "", item));
    }
    return documents;
  }

  private Document resource(String source, int line, String text, Value.Fields written) {
    String at = source + ":" + written.line();
    String kindName = textOf(written, "kind");
    Optional<Kind> known = Kind.named(kindName);
    if (known.isEmpty()) {
      String came = kindName.isEmpty() ? "none" : '"' + kindName + '"';
      Problem problem = Problem.of(at + ": kind", "one of " + kinds(), came);
      return Document.refused(
          line,
          text,
          Kind.called(kindName)
              .map(near -> problem.remedy("did you mean " + near.name() + "?"))
              .orElse(problem));
    }
    Kind kind = known.get();
    Value.Field metadata = written.fields().get("metadata");
    Value.Fields meta =
        metadata != null && metadata.value() instanceof Value.Fields fields
            ? fields
            : new Value.Fields(written.line(), Map.of());
    ResourceKey key = key(kind, meta);
    boolean named = !key.name().isEmpty() && key.name().length() <= LONGEST_NAME;
    Map<String, Integer> lines = new HashMap<>();
    String subject = named ? key.toString() : kind.name();
    Check check = new Check(source, subject, lines);
    checkHead(check, kind, written, metadata, meta);
    Map<String, Value.Field> body = new LinkedHashMap<>(written.fields());
    body.keySet().removeAll(Set.of("apiVersion", "kind", "metadata"));
    check.body(kind, written.line(), body);
    Resource resource = null;
    if (check.problems().isEmpty()) {
      resource = build(kind, key, meta, body, new Resource.Origin(source, line, lines));
      new KindRules(check, resource, written.line()).check();
    }
    boolean good = resource != null && check.problems().isEmpty();
    return new Document(
        line,
        text,
        named ? Optional.of(key) : Optional.empty(),
        good ? Optional.of(resource) : Optional.empty(),
        check.problems(),
        check.warnings());
  }

  private static void checkHead(
      Check check, Kind kind, Value.Fields written, Value.Field metadata, Value.Fields meta) {
    String version = textOf(written, "apiVersion");
    if (!kind.apiVersions().contains(version)) {
      check.refuse(
          "apiVersion",
          lineOf(written, "apiVersion"),
          String.join(" or ", kind.apiVersions()),
          version.isEmpty() ? "nothing" : '"' + version + '"');
    }
    boolean none = metadata == null || metadata.value().plain() == Resource.NULL;
    check.metadata(none ? new Value.Field(written.line(), meta) : metadata);
    if (!kind.namespaced() && !textOf(meta, "namespace").isEmpty()) {
      check.warn(
          "metadata.namespace",
          lineOf(meta, "namespace"),
          "a " + kind.name() + " is in no namespace; ignored");
    }
  }

  private ResourceKey key(Kind kind, Value.Fields meta) {
    String namespace = textOf(meta, "namespace");
    return new ResourceKey(
        kind.name(),
        !kind.namespaced() ? "" : namespace.isEmpty() ? defaultNamespace : namespace,
        textOf(meta, "name"));
  }

  private static Resource build(
      Kind kind,
      ResourceKey key,
      Value.Fields meta,
      Map<String, Value.Field> written,
      Resource.Origin origin) {
    Map<String, Object> body = new TreeMap<>();
    written.forEach((name, field) -> body.put(name, field.value().plain()));
    Map<String, Object> rest = new LinkedHashMap<>(meta.plain());
    rest.keySet().removeAll(METADATA_APART);
    rest.values().removeIf(value -> value == Resource.NULL);
    if (!rest.isEmpty()) {
      body.put("metadata", rest);
    }
    return new Resource(
        key,
        kind.apiVersions().get(0),
        texts(meta, "labels"),
        texts(meta, "annotations"),
        body,
        origin);
  }

  /** A resource that a stream defines twice: the first stands. */
  private static List<Document> withoutTwins(List<Document> documents) {
    Map<ResourceKey, Integer> first = new HashMap<>();
    List<Document> distinct = new ArrayList<>();
    for (Document document : documents) {
      Integer earlier =
          document.resource().isPresent()
              ? first.putIfAbsent(document.key().orElseThrow(), document.line())
              : null;
      distinct.add(
          earlier == null
              ? document
              : document.refused(
                  Problem.of(
                      document.resource().orElseThrow().where(""),
                      "each resource once",
                      "it again, after line " + earlier)));
    }
    return distinct;
  }

  private static Map<String, String> texts(Value.Fields meta, String name) {
    Map<String, String> texts = new HashMap<>();
    Value.Field field = meta.fields().get(name);
    if (field != null && field.value() instanceof Value.Fields fields) {
      fields.fields().forEach((key, value) -> texts.put(key, (String) value.value().plain()));
    }
    return texts;
  }

  private static String textOf(Value.Fields fields, String name) {
    Value.Field field = fields.fields().get(name);
    return field != null && field.value().plain() instanceof String text ? text : "";
  }

  private static int lineOf(Value.Fields fields, String name) {
    Value.Field field = fields.fields().get(name);
    return field == null ? fields.line() : field.line();
  }

  private static String kinds() {
    return Kind.all().stream().map(Kind::name).collect(Collectors.joining(", "));
  }
}
