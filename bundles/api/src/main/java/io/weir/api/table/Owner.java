package io.weir.api.table;

/**
 * Who wrote a row: a bundle's symbolic name and, where one bundle writes from several places, the
 * place.
 *
 * @param bundle symbolic name, {@code io.weir.policy}
 * @param source empty, or what tells this bundle's writers apart ({@code configmap})
 */
public record Owner(String bundle, String source) implements Comparable<Owner> {
  public static Owner of(String bundle) {
    return new Owner(bundle, "");
  }

  @Override
  public int compareTo(Owner other) {
    int byBundle = bundle.compareTo(other.bundle);
    return byBundle != 0 ? byBundle : source.compareTo(other.source);
  }

  @Override
  public String toString() {
    return source.isEmpty() ? bundle : bundle + "/" + source;
  }
}
