package com.example.census;

import io.weir.api.row.Endpoint;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** From endpoints to counts. It knows neither tables nor threads. */
final class Counting {
  private Counting() {}

  static Map<String, Census> count(Collection<Endpoint> endpoints, int most) {
    Map<String, Integer> pods = new TreeMap<>();
    endpoints.forEach(endpoint -> pods.merge(endpoint.namespace(), 1, Integer::sum));
    Map<String, Census> rows = new TreeMap<>();
    pods.forEach((namespace, count) -> rows.put(namespace, new Census(count, count > most)));
    return rows;
  }
}
