package io.weir.policy.spec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the named ports of a pod are: {@code http/6} → 8080. A pod may give one name to ports of
 * several protocols, and several containers may give one name to several ports.
 */
public record NamedPorts(SortedMap<String, SortedSet<Integer>> ports) {
  public static final NamedPorts NONE = new NamedPorts(new TreeMap<>());

  public NamedPorts {
    ports = Collections.unmodifiableSortedMap(new TreeMap<>(ports));
  }

  /** The numbers of a name of a protocol; none if the pod has no such port. */
  public List<Integer> resolve(int protocol, String name) {
    SortedSet<Integer> numbers = ports.get(name + '/' + protocol);
    return numbers == null ? List.of() : List.copyOf(numbers);
  }

  /** What both agree on. */
  public NamedPorts common(NamedPorts other) {
    SortedMap<String, SortedSet<Integer>> common = new TreeMap<>();
    ports.forEach(
        (name, numbers) -> {
          SortedSet<Integer> both = new TreeSet<>(numbers);
          both.retainAll(other.ports.getOrDefault(name, new TreeSet<>()));
          if (!both.isEmpty()) {
            common.put(name, both);
          }
        });
    return new NamedPorts(common);
  }

  /** Builds from what containers declare. */
  public static NamedPorts of(Map<String, ? extends Iterable<Integer>> numbers) {
    SortedMap<String, SortedSet<Integer>> ports = new TreeMap<>();
    numbers.forEach(
        (name, some) -> {
          SortedSet<Integer> set = new TreeSet<>();
          some.forEach(set::add);
          ports.put(name, Collections.unmodifiableSortedSet(set));
        });
    return new NamedPorts(ports);
  }

  /** {@code http/6=8080,metrics/6=9090}. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    ports.forEach((name, numbers) -> numbers.forEach(number -> parts.add(name + '=' + number)));
    return String.join(",", parts);
  }
}
