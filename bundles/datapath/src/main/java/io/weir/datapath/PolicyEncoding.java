package io.weir.datapath;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.PolicyClassKeyLayout;
import io.weir.datapath.abi.PolicyClassLayout;
import io.weir.datapath.abi.PolicyRuleKeyLayout;
import io.weir.datapath.abi.PolicyRuleLayout;
import io.weir.datapath.abi.PolicySlotLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A compiled policy as entries of {@code policy_rules}, {@code policy_classes} and {@code
 * policy_slots}.
 *
 * @param slot value of the slot's entry
 */
record PolicyEncoding(Map<Bytes, byte[]> rules, Map<Bytes, byte[]> classes, byte[] slot) {
  /** Of a slot that nobody has. */
  static final byte[] EMPTY_SLOT = new byte[PolicySlotLayout.SIZE];

  static PolicyEncoding of(CompiledPolicy policy) {
    Map<Bytes, byte[]> rules = new LinkedHashMap<>();
    policy
        .entries()
        .forEach(
            (number, entries) -> {
              for (PolicyEntry entry : entries) {
                rules.put(ruleKey(policy.slot(), number, entry), ruleValue(entry));
              }
            });
    Map<Bytes, byte[]> classes = new LinkedHashMap<>();
    policy
        .classes()
        .forEach(
            (identity, number) ->
                classes.put(classKey(policy.slot(), identity), classValue(policy, number)));
    byte[] slot = new byte[PolicySlotLayout.SIZE];
    PolicySlotLayout.defaultClass(slot, 0, policy.defaultClass());
    PolicySlotLayout.defaultShapes(slot, 0, shapes(policy, policy.defaultClass()));
    PolicySlotLayout.otherwise(slot, 0, verdict(policy.otherwise()));
    PolicySlotLayout.alike(slot, 0, policy.classes().isEmpty() ? 1 : 0);
    PolicySlotLayout.audit(slot, 0, policy.audit() ? 1 : 0);
    return new PolicyEncoding(rules, classes, slot);
  }

  /** The slot that a key of {@code policy_rules} belongs to. */
  static int slotOfRule(Bytes key) {
    return PolicyRuleKeyLayout.slot(key.array(), 0);
  }

  /** The slot that a key of {@code policy_classes} belongs to. */
  static int slotOfClass(Bytes key) {
    return PolicyClassKeyLayout.slot(key.array(), 0);
  }

  private static Bytes ruleKey(int slot, int number, PolicyEntry entry) {
    byte[] key = new byte[PolicyRuleKeyLayout.SIZE];
    PolicyRuleKeyLayout.peerClass(key, 0, number);
    PolicyRuleKeyLayout.slot(key, 0, slot);
    PolicyRuleKeyLayout.port(key, 0, entry.port());
    PolicyRuleKeyLayout.protocol(key, 0, entry.protocol());
    PolicyRuleKeyLayout.portBits(key, 0, entry.portBits());
    return new Bytes(key);
  }

  private static byte[] ruleValue(PolicyEntry entry) {
    byte[] value = new byte[PolicyRuleLayout.SIZE];
    PolicyRuleLayout.rule(value, 0, entry.rule());
    PolicyRuleLayout.verdict(value, 0, verdict(entry.verdict()));
    return value;
  }

  private static Bytes classKey(int slot, int identity) {
    byte[] key = new byte[PolicyClassKeyLayout.SIZE];
    PolicyClassKeyLayout.identity(key, 0, identity);
    PolicyClassKeyLayout.slot(key, 0, slot);
    return new Bytes(key);
  }

  private static byte[] classValue(CompiledPolicy policy, int number) {
    byte[] value = new byte[PolicyClassLayout.SIZE];
    PolicyClassLayout.number(value, 0, number);
    PolicyClassLayout.shapes(value, 0, shapes(policy, number));
    return value;
  }

  private static int shapes(CompiledPolicy policy, int number) {
    int shapes = 0;
    for (PolicyEntry entry : policy.entries().getOrDefault(number, List.of())) {
      shapes |=
          entry.protocol() == PolicyEntry.ANY_PROTOCOL
              ? Abi.SHAPE_ANY_PROTOCOL
              : 1 << entry.portBits();
    }
    return shapes;
  }

  private static int verdict(PolicyVerdict verdict) {
    return verdict == PolicyVerdict.ALLOW ? Abi.VERDICT_ALLOW : Abi.VERDICT_DENY;
  }
}
