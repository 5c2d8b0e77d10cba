package io.weir.api.table;

import java.util.Objects;

/**
 * Names a table and fixes the types of its keys and rows. Two ids are the same table when their
 * names are equal; asking for a name with other types is an error.
 *
 * @param name lower case with hyphens, as shown by {@code weir tables}
 * @param keyType class of the keys: immutable, with value equality
 * @param rowType class of the rows: immutable, with value equality
 * @param shared whether several owners may write it at the same time
 */
public record TableId<K, R>(String name, Class<K> keyType, Class<R> rowType, boolean shared) {
  public TableId {
    Objects.requireNonNull(name);
    Objects.requireNonNull(keyType);
    Objects.requireNonNull(rowType);
  }

  public static <K, R> TableId<K, R> of(String name, Class<K> keyType, Class<R> rowType) {
    return new TableId<>(name, keyType, rowType, false);
  }

  public static <K, R> TableId<K, R> shared(String name, Class<K> keyType, Class<R> rowType) {
    return new TableId<>(name, keyType, rowType, true);
  }

  @Override
  public String toString() {
    return name;
  }
}
