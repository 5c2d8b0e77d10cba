package io.weir.api.table;

/**
 * A row as it stands in a table.
 *
 * @param revision of the table when this value was written; the same value written again keeps its
 *     revision
 * @param stale whether the owner's epoch has ended, or a newer one has begun and has neither
 *     written this row nor synced
 */
public record Row<K, R>(K key, R value, Owner owner, long revision, boolean stale) {}
