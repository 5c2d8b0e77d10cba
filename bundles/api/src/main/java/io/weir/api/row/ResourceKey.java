package io.weir.api.row;

/**
 * Names a resource.
 *
 * @param namespace empty for kinds that have none
 */
public record ResourceKey(String kind, String namespace, String name)
    implements Comparable<ResourceKey> {
  @Override
  public int compareTo(ResourceKey other) {
    int byKind = kind.compareTo(other.kind);
    if (byKind != 0) {
      return byKind;
    }
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  /** {@code Kind/namespace/name}, or {@code Kind/name}. */
  @Override
  public String toString() {
    return namespace.isEmpty() ? kind + "/" + name : kind + "/" + namespace + "/" + name;
  }
}
