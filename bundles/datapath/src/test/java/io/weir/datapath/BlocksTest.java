package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.Identity;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BlocksTest {
  private static final int TEN = Identity.SCOPE_BLOCK + 1;
  private static final int TEN_ONE = Identity.SCOPE_BLOCK + 2;

  private final Blocks blocks =
      new Blocks(
          List.of(
              new BlockIdentity(Prefix.parse("10.0.0.0/8"), TEN),
              new BlockIdentity(Prefix.parse("10.1.0.0/16"), TEN_ONE)),
          List.of(
              new PrefixIdentity(Prefix.parse("10.1.0.1/32"), Identity.HOST),
              new PrefixIdentity(Prefix.parse("192.168.0.1/32"), Identity.HOST),
              new PrefixIdentity(Prefix.parse("10.1.2.0/24"), Identity.REMOTE_NODE)));

  @Test
  void an_address_of_a_node_keeps_its_identity_and_remembers_the_narrowest_block() {
    assertThat(blocks.prefixes())
        .containsEntry(
            Prefix.parse("10.1.0.1/32"),
            new Blocks.Owned(Identity.HOST, Identity.SCOPE_MANAGED_BLOCK + 2))
        .containsEntry(Prefix.parse("192.168.0.1/32"), new Blocks.Owned(Identity.HOST, 0))
        .containsEntry(Prefix.parse("10.0.0.0/8"), new Blocks.Owned(TEN, 0))
        .hasSize(6);
  }

  @Test
  void a_block_inside_a_prefix_of_a_node_is_the_nodes() {
    Blocks inside =
        new Blocks(
            List.of(new BlockIdentity(Prefix.parse("10.1.2.128/25"), TEN)),
            List.of(new PrefixIdentity(Prefix.parse("10.1.2.0/24"), Identity.REMOTE_NODE)));
    assertThat(inside.prefixes())
        .containsEntry(
            Prefix.parse("10.1.2.128/25"),
            new Blocks.Owned(Identity.REMOTE_NODE, Identity.SCOPE_MANAGED_BLOCK + 1));
  }

  @Test
  void a_block_of_ipv6_never_holds_ipv4() {
    Prefix all4 = Prefix.parse("0.0.0.0/0");
    Prefix all6 = Prefix.parse("::/0");
    Blocks six = new Blocks(List.of(new BlockIdentity(all6, TEN)), List.of());
    assertThat(six.prefixes())
        .containsEntry(all6, new Blocks.Owned(TEN, 0))
        .containsEntry(all4, new Blocks.Owned(Identity.WORLD_IPV4, 0));
    Blocks four = new Blocks(List.of(new BlockIdentity(all4, TEN)), List.of());
    assertThat(four.prefixes()).containsExactly(Map.entry(all4, new Blocks.Owned(TEN, 0)));
  }

  @Test
  void a_pods_block_is_the_narrowest_around_its_address_and_of_its_family() {
    assertThat(blocks.managedBlock(Address.parse("10.1.9.9")))
        .isEqualTo(Identity.SCOPE_MANAGED_BLOCK + 2);
    assertThat(blocks.managedBlock(Address.parse("11.0.0.1"))).isZero();
    assertThat(blocks.managedBlock(Address.parse("::a01:909"))).isZero();
  }
}
