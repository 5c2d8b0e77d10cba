package io.weir.api.table;

/** A newer epoch of the same owner has begun; the writer that gets this should stop. */
public final class FencedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public FencedException(TableId<?, ?> table, Owner owner) {
    super("table %s: a newer epoch of %s has begun".formatted(table, owner));
  }
}
