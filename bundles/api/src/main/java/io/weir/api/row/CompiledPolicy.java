package io.weir.api.row;

import java.util.List;
import java.util.Map;

/**
 * The policy of one identity and direction, compiled: identity of the peer → class → entries.
 *
 * <p>A peer is looked up by its identity and, if it is a pod or node whose address lies in a named
 * block, by that block's {@link Identity#SCOPE_MANAGED_BLOCK} number too. Of two answers a deny
 * wins, then an allow; with no answer {@code otherwise} stands.
 *
 * @param slot 1–65535, kept over restarts; the number under which flows remember it
 * @param identity of the endpoints it is for
 * @param otherwise the verdict where no entry matches: {@code DENY} when the direction is isolated
 * @param audit whether denials are told but not enforced
 * @param defaultClass of peers that {@code classes} does not name; 0 has no entries
 * @param classes peer's identity → class
 * @param entries class → entries, sorted; the number of a class stands for its content, so that
 *     another content has another number
 */
public record CompiledPolicy(
    int slot,
    Direction direction,
    int identity,
    PolicyVerdict otherwise,
    boolean audit,
    int defaultClass,
    Map<Integer, Integer> classes,
    Map<Integer, List<PolicyEntry>> entries) {
  public CompiledPolicy {
    classes = Map.copyOf(classes);
    entries = Map.copyOf(entries);
  }
}
