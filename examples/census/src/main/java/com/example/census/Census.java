package com.example.census;

import io.weir.api.table.TableId;

/**
 * A row: what was counted of one namespace.
 *
 * @param pods on this node
 * @param crowded whether that is more than is wanted
 */
public record Census(int pods, boolean crowded) {
  /** By namespace. Written by this bundle. */
  public static final TableId<String, Census> TABLE =
      TableId.of("census", String.class, Census.class);
}
