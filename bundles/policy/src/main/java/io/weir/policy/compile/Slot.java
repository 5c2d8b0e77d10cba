package io.weir.policy.compile;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.ResourceKey;
import io.weir.policy.spec.NamedPorts;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A compiled policy in the making: the rules that go into it, and what came out last. */
final class Slot {
  final SlotKey key;
  final int number;
  final NamedPorts ports;

  /** Endpoints that use it. */
  int users;

  /** Since when there are none; null while there are. */
  Instant idleSince;

  /** Of this direction, in order of policy and section. */
  List<BoundRule> rules = List.of();

  boolean isolated;

  /** For whom it is isolated; no one where it is not. */
  List<ResourceKey> isolators = List.of();

  /** Whether a rule names a port. */
  boolean named;

  /** Peers that are not of the default class. */
  final Map<Integer, Integer> classes = new HashMap<>();

  final Map<Integer, List<PolicyEntry>> entries = new HashMap<>();
  final Map<Integer, Integer> classSizes = new HashMap<>();
  int defaultClass;
  CompiledPolicy row;

  Slot(SlotKey key, int number, NamedPorts ports) {
    this.key = key;
    this.number = number;
    this.ports = ports;
  }
}
