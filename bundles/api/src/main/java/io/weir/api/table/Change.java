package io.weir.api.table;

import java.util.Optional;

/**
 * What became of one key since a follower last looked: changes in between are coalesced, so {@code
 * before} is what this follower saw last. At least one of the two values is present; a row that
 * came and went unseen is not told at all.
 */
public record Change<K, R>(K key, Optional<R> before, Optional<R> after, long revision) {}
