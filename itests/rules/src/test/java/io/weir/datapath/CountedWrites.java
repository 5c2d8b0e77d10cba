package io.weir.datapath;

import io.weir.datapath.abi.PolicyClassKeyLayout;
import io.weir.datapath.abi.PolicyRuleKeyLayout;
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

  private final List<UnpinnedDatapath.Write> writes = new ArrayList<>();

  /** {@code map}, whose writes are noted under {@code name}. */
  BpfMap counted(String name, BpfMap map) {
    return (BpfMap)
        Proxy.newProxyInstance(
            BpfMap.class.getClassLoader(),
            new Class<?>[] {BpfMap.class},
            (proxy, method, arguments) -> {
              if (WRITING.contains(method.getName())) {
                note(name, (byte[]) arguments[0]);
              }
              try {
                return method.invoke(map, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private synchronized void note(String map, byte[] key) {
    writes.add(
        switch (map) {
          case "policy_rules" ->
              new UnpinnedDatapath.Write(
                  map, PolicyRuleKeyLayout.slot(key, 0), PolicyRuleKeyLayout.peerClass(key, 0));
          case "policy_classes" ->
              new UnpinnedDatapath.Write(
                  map, PolicyClassKeyLayout.slot(key, 0), PolicyClassKeyLayout.identity(key, 0));
          case "policy_slots", "revisions" ->
              new UnpinnedDatapath.Write(map, Revisions.number(key), 0);
          default -> new UnpinnedDatapath.Write(map, 0, 0);
        });
  }

  synchronized List<UnpinnedDatapath.Write> drain() {
    List<UnpinnedDatapath.Write> all = List.copyOf(writes);
    writes.clear();
    return all;
  }
}
