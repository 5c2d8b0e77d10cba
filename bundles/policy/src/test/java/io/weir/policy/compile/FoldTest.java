package io.weir.policy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.policy.spec.NamedPorts;
import io.weir.policy.spec.PortMatch;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FoldTest {
  private static final int TCP = 6;
  private static final PortMatch ALL_TCP = PortMatch.every(TCP);

  private final Fold fold = new Fold();

  @Test
  void should_leave_out_what_is_allowed_inside_of_what_is_denied() {
    allow(1, port(80));
    deny(2, ALL_TCP);
    assertThat(fold.entries()).containsExactly(entry(TCP, 0, 0, PolicyVerdict.DENY, 2));
  }

  @Test
  void should_keep_what_is_denied_inside_of_what_is_allowed() {
    allow(1, PortMatch.ALL);
    deny(2, port(80));
    assertThat(fold.entries())
        .containsExactly(
            entry(0, 0, 0, PolicyVerdict.ALLOW, 1), entry(TCP, 80, 16, PolicyVerdict.DENY, 2));
  }

  @Test
  void should_name_the_rule_around_for_what_it_decides_already() {
    allow(1, port(80));
    allow(2, ALL_TCP);
    assertThat(fold.entries()).containsExactly(entry(TCP, 0, 0, PolicyVerdict.ALLOW, 2));
  }

  @Test
  void should_name_the_first_of_two_rules_that_say_the_same() {
    allow(1, port(80));
    allow(2, port(80));
    deny(3, port(81));
    allow(4, port(81));
    assertThat(fold.entries())
        .containsExactly(
            entry(TCP, 80, 16, PolicyVerdict.ALLOW, 1), entry(TCP, 81, 16, PolicyVerdict.DENY, 3));
  }

  @Test
  void should_keep_protocols_apart() {
    deny(1, PortMatch.every(17));
    allow(2, port(53));
    assertThat(fold.entries())
        .containsExactlyInAnyOrder(
            entry(17, 0, 0, PolicyVerdict.DENY, 1), entry(TCP, 53, 16, PolicyVerdict.ALLOW, 2));
  }

  @Test
  void should_resolve_names_of_one_protocol_to_all_their_numbers() {
    NamedPorts named = NamedPorts.of(Map.of("http/6", List.of(80, 8080), "http/17", List.of(53)));
    fold.add(List.of(new PortMatch.Named(TCP, "http")), false, 1, named);
    fold.add(List.of(new PortMatch.Named(TCP, "nobody")), false, 2, named);
    assertThat(fold.entries()).extracting(PolicyEntry::port).containsExactly(80, 8080);
  }

  private void allow(int rule, PortMatch port) {
    fold.add(List.of(port), false, rule, NamedPorts.NONE);
  }

  private void deny(int rule, PortMatch port) {
    fold.add(List.of(port), true, rule, NamedPorts.NONE);
  }

  private static PortMatch port(int port) {
    return new PortMatch.Range(TCP, port, port);
  }

  private static PolicyEntry entry(
      int protocol, int port, int bits, PolicyVerdict verdict, int rule) {
    return new PolicyEntry(protocol, port, bits, verdict, rule);
  }
}
