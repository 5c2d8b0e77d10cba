package io.weir.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.AddressClaim;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AllocatorTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private Leases leases = Leases.NONE;
  private long now = 1000 * SECOND;

  @Test
  void should_give_one_address_of_each_family() {
    run(node("10.0.0.0/24", "fd00:10::/112"), "a");
    assertThat(leases.held().get("a")).containsExactly(ip("10.0.0.2"), ip("fd00:10::2"));
  }

  @Test
  void should_give_one_family_only_where_one_is_off() {
    run(node("fd00:10::/112"), "a");
    assertThat(leases.held().get("a")).containsExactly(ip("fd00:10::2"));
  }

  @Test
  void should_give_every_address_but_network_gateway_and_broadcast() {
    List<String> claims = IntStream.range(0, 20).mapToObj(i -> "c" + i).toList();
    var outcome = run(node("10.0.0.8/29"), claims);
    assertThat(leases.held().values().stream().flatMap(List::stream))
        .containsExactlyInAnyOrder(
            ip("10.0.0.10"), ip("10.0.0.11"), ip("10.0.0.12"), ip("10.0.0.13"), ip("10.0.0.14"));
    assertThat(outcome.refused()).hasSize(15);
  }

  @Test
  void should_give_the_last_address_of_an_ipv6_block() {
    run(node("fd00::/126"), "a", "b", "c");
    assertThat(leases.held().values().stream().flatMap(List::stream))
        .containsExactlyInAnyOrder(ip("fd00::2"), ip("fd00::3"));
  }

  @Test
  void should_not_give_an_address_of_the_node_itself() {
    LocalNode node =
        node(List.of(ip("10.0.0.2"), ip("10.0.0.3")), List.of(Prefix.parse("10.0.0.0/24")));
    run(node, "a");
    assertThat(leases.held().get("a")).containsExactly(ip("10.0.0.4"));
  }

  @Test
  void should_keep_what_a_claim_has_when_the_block_changes() {
    run(node("10.0.0.0/24"), "a");
    run(node("10.9.0.0/24"), "a", "b");
    assertThat(leases.held().get("a")).containsExactly(ip("10.0.0.2"));
    assertThat(leases.held().get("b")).containsExactly(ip("10.9.0.2"));
  }

  @Test
  void should_not_reuse_an_address_within_60_seconds_of_its_release() {
    LocalNode node = node("10.0.0.0/30"); // one usable address
    run(node, "a");
    run(node);
    now += 60 * SECOND - 1;
    var refused = run(node, "b");
    assertThat(leases.held()).isEmpty();
    assertThat(refused.retryAt()).hasValue(now + 1);
    now += 1;
    run(node, "b");
    assertThat(leases.held().get("b")).containsExactly(ip("10.0.0.2"));
  }

  @Test
  void should_remember_releases_over_a_restart_and_a_reboot() {
    LocalNode node = node("10.0.0.0/30");
    run(node, "a");
    run(node);
    byte[] file = LeaseFile.encode(leases);
    now += 59 * SECOND;
    leases = LeaseFile.decode(file, now);
    assertThat(run(node, "b").refused()).containsKey("b");

    now = 5 * SECOND; // since the new boot
    leases = LeaseFile.decode(file, now);
    assertThat(run(node, "b").retryAt()).hasValue(65 * SECOND);
  }

  @Test
  void should_say_why_there_is_no_address() {
    LocalNode node = node("10.0.0.0/29");
    run(node, "a", "b", "c", "d", "e");
    run(node, "a", "b", "c");
    run(node, "a", "b", "c", "d", "e");
    var outcome = run(node, "a", "b", "c", "d", "e", "f");
    assertThat(outcome.refused().get("f").sentence())
        .isEqualTo(
            "pod-cidr 10.0.0.0/29: expected a free address for pod default/f, got 3 in use and 2 released"
                + " less than 60 s ago; delete pods, or set a larger pod-cidr");
  }

  @Test
  void should_say_that_there_is_no_block() {
    var outcome = run(node(), "a");
    assertThat(outcome.refused().get("a").sentence())
        .isEqualTo(
            "pod-cidr: expected a block of addresses for pod default/a, got none;"
                + " set pod-cidr, and enable-ipv4 or enable-ipv6");
  }

  @Test
  void should_give_nothing_at_all_where_one_family_is_full() {
    run(node("10.0.0.0/24", "fd00::/127"), "a");
    assertThat(leases.held()).isEmpty();
    assertThat(leases.resting()).isEmpty();
  }

  @Test
  void should_take_over_what_interfaces_have_when_the_file_was_lost() {
    Allocator.Outcome outcome =
        Allocator.next(
            Leases.NONE,
            List.of(claim("a"), claim("b")),
            Map.of("a", List.of(ip("10.0.0.2")), "gone", List.of(ip("10.0.0.3"))),
            node("10.0.0.0/24"),
            now);
    assertThat(outcome.leases().held().get("a")).containsExactly(ip("10.0.0.2"));
    assertThat(outcome.leases().held().get("b")).containsExactly(ip("10.0.0.4"));
  }

  /** Whatever comes and goes: no address twice, none within its rest, leases never change. */
  @Test
  void should_hold_under_any_sequence() {
    for (long seed = 0; seed < 50; seed++) {
      leases = Leases.NONE;
      Random random = new Random(seed);
      Set<String> claims = new LinkedHashSet<>();
      LocalNode node = node("10.0.0.0/27", "fd00:10::/123");
      Map<Address, Long> released = new java.util.HashMap<>();
      for (int i = 0; i < 200; i++) {
        now += random.nextLong(20 * SECOND);
        Leases before = leases;
        if (random.nextBoolean()) {
          claims.add("c" + random.nextInt(40));
        } else {
          claims.remove("c" + random.nextInt(40));
        }
        run(node, claims);
        List<Address> out = new ArrayList<>();
        leases.held().values().forEach(out::addAll);
        assertThat(new HashSet<>(out)).as("seed %d", seed).hasSameSizeAs(out);
        before
            .held()
            .forEach(
                (claim, list) -> {
                  if (claims.contains(claim)) {
                    assertThat(leases.held().get(claim)).isEqualTo(list);
                  } else {
                    list.forEach(address -> released.put(address, now));
                  }
                });
        leases
            .held()
            .forEach(
                (claim, list) -> {
                  if (!before.held().containsKey(claim)) {
                    list.forEach(
                        address ->
                            assertThat(now - released.getOrDefault(address, now - 60 * SECOND))
                                .isGreaterThanOrEqualTo(60 * SECOND));
                  }
                });
        leases = LeaseFile.decode(LeaseFile.encode(leases), now);
      }
    }
  }

  private Allocator.Outcome run(LocalNode node, String... claims) {
    return run(node, List.of(claims));
  }

  private Allocator.Outcome run(LocalNode node, Collection<String> claims) {
    Allocator.Outcome outcome =
        Allocator.next(
            leases, claims.stream().map(AllocatorTest::claim).toList(), Map.of(), node, now);
    leases = outcome.leases();
    return outcome;
  }

  private static AddressClaim claim(String id) {
    return new AddressClaim(id, "default", id);
  }

  private static Address ip(String text) {
    return Address.parse(text);
  }

  private static LocalNode node(String... cidrs) {
    return node(List.of(), java.util.stream.Stream.of(cidrs).map(Prefix::parse).toList());
  }

  private static LocalNode node(List<Address> addresses, List<Prefix> cidrs) {
    List<Address> gateways = cidrs.stream().map(cidr -> cidr.address().plus(1)).toList();
    return new LocalNode(
        "n1",
        addresses,
        cidrs,
        gateways,
        "weir_host",
        7,
        "02:00:00:00:00:01",
        1500,
        0,
        "/sys/fs/cgroup");
  }
}
