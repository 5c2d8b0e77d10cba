package io.weir.flows;

import java.util.HashMap;
import java.util.Map;

/**
 * Turns the kernel's counts of drops that were not told, which only grow while a pod is known, into
 * what is new.
 */
final class SuppressionWatch {
  private Map<EventMaps.Limit, Long> last = Map.of();
  private boolean looked;

  /** What came since the last look; nothing at the first, since others have told it. */
  Map<EventMaps.Limit, Long> more(Map<EventMaps.Limit, Long> counts) {
    Map<EventMaps.Limit, Long> more = new HashMap<>();
    if (looked) {
      counts.forEach(
          (limit, count) -> {
            long before = last.getOrDefault(limit, 0L);
            if (count != before) {
              more.put(limit, count < before ? count : count - before); // less: the entry is new
            }
          });
    }
    last = counts;
    looked = true;
    return more;
  }
}
