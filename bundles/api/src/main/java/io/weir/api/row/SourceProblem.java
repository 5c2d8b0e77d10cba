package io.weir.api.row;

import io.weir.api.Problem;
import java.util.List;

/**
 * What is wrong with something that users wrote: a file that is not understood, a resource of which
 * a part has no effect.
 *
 * @param refusals what is not in force for that, its last good version apart; {@code weir status}
 *     exits with 1 while there is one
 * @param warnings what is in force, though not all that was written has an effect
 */
public record SourceProblem(Key key, List<Problem> refusals, List<Problem> warnings) {
  public SourceProblem {
    refusals = List.copyOf(refusals);
    warnings = List.copyOf(warnings);
  }

  /**
   * Who says it, and of what.
   *
   * @param bundle symbolic name
   * @param source a file relative to the watched directory, or a {@link ResourceKey} as text
   */
  public record Key(String bundle, String source) {}
}
