package io.weir.api.row;

import io.weir.api.Problem;
import java.util.Map;

/**
 * A resource as it was written, its schema checked.
 *
 * @param apiVersion {@code cilium.io/v2}
 * @param body everything but apiVersion, kind and metadata, as immutable maps, lists, text, {@code
 *     Long}, {@code Double} and booleans; explicit nulls are kept as {@link #NULL}, so that {@code
 *     egress:} and no egress can be told apart. What metadata has besides the other components
 *     ({@code ownerReferences}, {@code deletionTimestamp}) is under {@code metadata}, where there
 *     is any
 * @param origin where it was written
 */
public record Resource(
    ResourceKey key,
    String apiVersion,
    Map<String, String> labels,
    Map<String, String> annotations,
    Map<String, Object> body,
    Origin origin) {
  /** Stands for a null that was written out. */
  public static final Object NULL = Null.NULL;

  private enum Null {
    NULL;

    @Override
    public String toString() {
      return "null";
    }
  }

  /**
   * Where a resource was written.
   *
   * @param source a file relative to the watched directory, {@code stdin}, or the controller that
   *     derived it
   * @param line of the document's start, from 1; 0 where there is none
   * @param lines line of each path inside, {@code spec.ingress[0].toPorts[0]} → 12; empty where
   *     there are none
   */
  public record Origin(String source, int line, Map<String, Integer> lines) {
    public Origin {
      lines = Map.copyOf(lines);
    }

    public static Origin derived(String by) {
      return new Origin(by, 0, Map.of());
    }
  }

  public Resource {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
    body = Map.copyOf(body);
  }

  /**
   * Says where in this resource something is: {@code a.yaml:12: Service/default/web:
   * spec.ports[0]}. The line is that of the path, or of its nearest ancestor that has one.
   */
  public String where(String path) {
    StringBuilder text = new StringBuilder(origin.source());
    int line = lineOf(path);
    if (line > 0) {
      text.append(':').append(line);
    }
    text.append(": ").append(key);
    return path.isEmpty() ? text.toString() : text.append(": ").append(path).toString();
  }

  public Problem problem(String path, String expected, String came) {
    return Problem.of(where(path), expected, came);
  }

  private int lineOf(String path) {
    for (String at = path; !at.isEmpty(); at = parent(at)) {
      Integer line = origin.lines().get(at);
      if (line != null) {
        return line;
      }
    }
    return origin.line();
  }

  private static String parent(String path) {
    int cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
    return cut < 0 ? "" : path.substring(0, cut);
  }
}
