package com.example.census;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.api.row.Endpoint;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CountingTest {
  @Test
  void should_count_by_namespace_and_find_crowds() {
    var endpoints = List.of(pod(1, "shop", "web"), pod(2, "shop", "db"), pod(3, "lab", "web"));

    assertEquals(
        Map.of("shop", new Census(2, true), "lab", new Census(1, false)),
        Counting.count(endpoints, 1));
  }

  @Test
  void should_count_nothing_where_there_is_nothing() {
    assertEquals(Map.of(), Counting.count(List.of(), 0));
  }

  private static Endpoint pod(int id, String namespace, String name) {
    return new Endpoint(
        id, namespace, name, "c", "eth0", "h", 2, "02:00:00:00:00:01", List.of(), 0);
  }
}
