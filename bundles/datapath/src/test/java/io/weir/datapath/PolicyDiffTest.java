package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.Identity;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyDiffTest {
  private static final int WEB = 300;
  private static final int OTHER = 301;
  private static final PolicyEntry ALLOW_80 = new PolicyEntry(6, 80, 16, PolicyVerdict.ALLOW, 1);
  private static final PolicyEntry ALLOW_81 = new PolicyEntry(6, 81, 16, PolicyVerdict.ALLOW, 1);
  private static final PolicyEntry ALLOW_TCP = new PolicyEntry(6, 0, 0, PolicyVerdict.ALLOW, 2);
  private static final PolicyEntry DENY_80 = new PolicyEntry(6, 80, 16, PolicyVerdict.DENY, 3);

  private final CompiledPolicy base = isolated(Map.of(WEB, 1), Map.of(1, List.of(ALLOW_80)));

  @Test
  void another_port_or_another_peer_only_permits_more() {
    assertThat(
            PolicyDiff.permitsAllOf(
                base, isolated(Map.of(WEB, 2), Map.of(2, List.of(ALLOW_80, ALLOW_81)))))
        .isTrue();
    assertThat(
            PolicyDiff.permitsAllOf(
                base, isolated(Map.of(WEB, 1, OTHER, 1), Map.of(1, List.of(ALLOW_80)))))
        .isTrue();
  }

  @Test
  void another_rule_that_decides_the_same_permits_as_much() {
    PolicyEntry renamed = new PolicyEntry(6, 80, 16, PolicyVerdict.ALLOW, 9);
    assertThat(PolicyDiff.permitsAllOf(base, isolated(Map.of(WEB, 3), Map.of(3, List.of(renamed)))))
        .isTrue();
  }

  @Test
  void a_port_or_a_peer_that_goes_permits_less() {
    assertThat(
            PolicyDiff.permitsAllOf(base, isolated(Map.of(WEB, 2), Map.of(2, List.of(ALLOW_81)))))
        .isFalse();
    assertThat(PolicyDiff.permitsAllOf(base, isolated(Map.of(), Map.of()))).isFalse();
  }

  @Test
  void a_first_isolating_policy_permits_less_and_its_end_permits_more() {
    CompiledPolicy open = policy(PolicyVerdict.ALLOW, 0, Map.of(), Map.of());
    assertThat(PolicyDiff.permitsAllOf(open, base)).isFalse();
    assertThat(PolicyDiff.permitsAllOf(base, open)).isFalse(); // the allow of 80 went: in doubt, no
    assertThat(PolicyDiff.permitsAllOf(isolated(Map.of(), Map.of()), open)).isTrue();
  }

  @Test
  void a_deny_that_comes_permits_less_and_one_that_goes_permits_more() {
    CompiledPolicy broad = isolated(Map.of(WEB, 1), Map.of(1, List.of(ALLOW_TCP)));
    CompiledPolicy pierced = isolated(Map.of(WEB, 2), Map.of(2, List.of(DENY_80, ALLOW_TCP)));
    assertThat(PolicyDiff.permitsAllOf(broad, pierced)).isFalse();
    assertThat(PolicyDiff.permitsAllOf(pierced, broad)).isTrue();
  }

  @Test
  void a_peer_that_gets_a_class_of_its_own_is_compared_with_the_default() {
    CompiledPolicy everyone = policy(PolicyVerdict.DENY, 1, Map.of(), Map.of(1, List.of(ALLOW_80)));
    CompiledPolicy butOne =
        policy(
            PolicyVerdict.DENY,
            1,
            Map.of(WEB, 2),
            Map.of(1, List.of(ALLOW_80), 2, List.of(DENY_80)));
    assertThat(PolicyDiff.permitsAllOf(everyone, butOne)).isFalse();
  }

  @Test
  void a_block_that_is_not_named_has_no_say() {
    int block = Identity.SCOPE_MANAGED_BLOCK + 1;
    CompiledPolicy denied =
        policy(
            PolicyVerdict.DENY,
            1,
            Map.of(block, 2),
            Map.of(1, List.of(ALLOW_80), 2, List.of(DENY_80)));
    CompiledPolicy unnamed = policy(PolicyVerdict.DENY, 1, Map.of(), Map.of(1, List.of(ALLOW_80)));
    assertThat(PolicyDiff.permitsAllOf(unnamed, denied)).isFalse();
    assertThat(PolicyDiff.permitsAllOf(denied, unnamed)).isTrue();
  }

  @Test
  void the_end_of_audit_permits_less() {
    CompiledPolicy audited =
        new CompiledPolicy(
            7, Direction.INGRESS, 400, PolicyVerdict.DENY, true, 0, Map.of(), Map.of());
    assertThat(PolicyDiff.permitsAllOf(audited, isolated(Map.of(), Map.of()))).isFalse();
  }

  private static CompiledPolicy isolated(
      Map<Integer, Integer> classes, Map<Integer, List<PolicyEntry>> entries) {
    return policy(PolicyVerdict.DENY, 0, classes, entries);
  }

  private static CompiledPolicy policy(
      PolicyVerdict otherwise,
      int defaultClass,
      Map<Integer, Integer> classes,
      Map<Integer, List<PolicyEntry>> entries) {
    return new CompiledPolicy(
        7, Direction.INGRESS, 400, otherwise, false, defaultClass, classes, entries);
  }
}
