package io.weir.manifests.schema;

import java.util.List;
import java.util.Optional;

/**
 * A kind of resource.
 *
 * @param apiVersions the first is the one it is shown with
 * @param plural lower case, as {@code weir get} takes it
 * @param shortNames as {@code kubectl} has them
 * @param strict fields inside which unknown ones refuse the resource
 * @param body of everything but apiVersion, kind and metadata
 */
public record Kind(
    String name,
    List<String> apiVersions,
    String plural,
    List<String> shortNames,
    boolean namespaced,
    List<String> strict,
    Type body) {
  public Kind {
    apiVersions = List.copyOf(apiVersions);
    shortNames = List.copyOf(shortNames);
    strict = List.copyOf(strict);
  }

  /** In lower case, as messages name it: {@code ciliumnetworkpolicy}. */
  public String lower() {
    return name.toLowerCase(java.util.Locale.ROOT);
  }

  /** Known kinds, in the order of the schema files. */
  public static List<Kind> all() {
    return Schemas.KINDS;
  }

  public static Optional<Kind> named(String name) {
    return Schemas.KINDS.stream().filter(kind -> kind.name.equals(name)).findFirst();
  }

  /** By what a user types: {@code svc}, {@code service}, {@code Services}. */
  public static Optional<Kind> called(String word) {
    String lower = word.toLowerCase(java.util.Locale.ROOT);
    return Schemas.KINDS.stream()
        .filter(
            kind ->
                kind.lower().equals(lower)
                    || kind.plural.equals(lower)
                    || kind.shortNames.contains(lower))
        .findFirst();
  }
}
