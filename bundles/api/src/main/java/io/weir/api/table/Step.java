package io.weir.api.table;

/**
 * One turn of a {@link Loop}. It is run again with the same and newer changes, after a back-off,
 * when it throws.
 */
@FunctionalInterface
public interface Step {
  void run(Inputs inputs) throws Exception;
}
