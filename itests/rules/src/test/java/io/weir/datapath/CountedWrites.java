package io.weir.datapath;

import io.weir.linux.BpfMap;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Keeps a list of the writes to maps. */
final class CountedWrites {
  private static final Set<String> WRITING =
      Set.of("update", "insert", "delete", "updateAll", "deleteAll");

  private final List<String> writes = new ArrayList<>();

  /** {@code map}, whose writes are noted under {@code name}. */
  BpfMap counted(String name, BpfMap map) {
    return (BpfMap)
        Proxy.newProxyInstance(
            BpfMap.class.getClassLoader(),
            new Class<?>[] {BpfMap.class},
            (proxy, method, arguments) -> {
              if (WRITING.contains(method.getName())) {
                note(name);
              }
              try {
                return method.invoke(map, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private synchronized void note(String name) {
    writes.add(name);
  }

  synchronized List<String> drain() {
    List<String> all = List.copyOf(writes);
    writes.clear();
    return all;
  }
}
