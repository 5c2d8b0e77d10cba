package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.manifests.Manifest.Document;
import java.util.List;
import java.util.Map;

/**
 * Roughly how many bytes of the heap a document takes while it is in force: its text, once here,
 * once in the file of what was last good and once while that is written; its resource, aliases
 * counted as what they stand for; the lines of its paths. What all manifests of the directory may
 * weigh together is a part of the heap, so that no manifest takes the engine's own.
 */
final class Weight {
  /** Of all manifests together. */
  static final long ROOM = Runtime.getRuntime().maxMemory() / 4;

  private static final int DOCUMENT = 256;
  private static final int TEXTS = 4;
  private static final int VALUE = 48;
  private static final int LINE = 80;

  private Weight() {}

  /**
   * That something has no room among all.
   *
   * @param room of all together, in bytes
   */
  static Problem excess(String where, long room, String came) {
    return Problem.of(
            where,
            "manifests that take at most " + (room >> 20) + " MiB together, as Weir holds them",
            came)
        .remedy("take some away, or raise -Xmx in etc/jvm.options");
  }

  static long of(Manifest manifest) {
    return of(manifest.documents());
  }

  static long of(List<Document> documents) {
    return documents.stream().mapToLong(Weight::of).sum();
  }

  static long of(Document document) {
    return DOCUMENT
        + (long) TEXTS * document.text().length()
        + problems(document.problems())
        + problems(document.warnings())
        + document
            .resource()
            .map(
                resource ->
                    value(resource.body())
                        + value(resource.labels())
                        + value(resource.annotations())
                        + lines(resource.origin().lines()))
            .orElse(0L);
  }

  private static long problems(List<Problem> problems) {
    return problems.stream().mapToLong(problem -> VALUE + 2L * problem.sentence().length()).sum();
  }

  private static long value(Object value) {
    long weight = VALUE;
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        weight += value(entry.getKey()) + value(entry.getValue());
      }
    } else if (value instanceof List<?> list) {
      for (Object item : list) {
        weight += value(item);
      }
    } else if (value instanceof String text) {
      weight += text.length();
    }
    return weight;
  }

  private static long lines(Map<String, Integer> lines) {
    long weight = 0;
    for (String path : lines.keySet()) {
      weight += LINE + path.length();
    }
    return weight;
  }
}
