package io.weir.flows;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Values by key, where one that is taken away stays to be found for a while, since events about it
 * may still be on their way. How many of those there are is bounded; the oldest go first.
 */
final class Memory<K, V> {
  private record Gone<V>(V value, long untilNanos) {}

  private final long lingerNanos;
  private final int most;
  private final Map<K, V> present = new LinkedHashMap<>();
  private final LinkedHashMap<K, Gone<V>> gone = new LinkedHashMap<>();

  Memory(long lingerNanos, int most) {
    this.lingerNanos = lingerNanos;
    this.most = most;
  }

  void put(K key, V value) {
    present.put(key, value);
    gone.remove(key);
  }

  void remove(K key, long now) {
    V value = present.remove(key);
    if (value != null) {
      gone.remove(key);
      gone.put(key, new Gone<>(value, now + lingerNanos));
      forget(now);
    }
  }

  Optional<V> get(K key, long now) {
    V value = present.get(key);
    if (value != null) {
      return Optional.of(value);
    }
    Gone<V> last = gone.get(key);
    return last == null || last.untilNanos - now <= 0 ? Optional.empty() : Optional.of(last.value);
  }

  private void forget(long now) {
    Iterator<Gone<V>> oldest = gone.values().iterator();
    while (oldest.hasNext() && (oldest.next().untilNanos - now <= 0 || gone.size() > most)) {
      oldest.remove();
    }
  }
}
