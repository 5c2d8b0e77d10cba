package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.ConfigLayout;
import io.weir.datapath.abi.EndpointLayout;
import io.weir.datapath.abi.NetnsLayout;
import io.weir.datapath.abi.PrefixKeyLayout;
import io.weir.datapath.abi.PrefixValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Rows of pods and of the node as entries of the maps of group {@code endpoints}, and of {@code
 * netns}.
 */
final class EndpointEncoding {
  private EndpointEncoding() {}

  /**
   * The value of {@code endpoints} and {@code addresses}; without a policy the endpoint is not
   * ready, and the kernel drops what comes from it or goes to it.
   */
  static byte[] endpoint(Endpoint endpoint, Optional<EndpointPolicy> policy, Blocks blocks) {
    byte[] value = new byte[EndpointLayout.SIZE];
    EndpointLayout.id(value, 0, endpoint.id());
    policy.ifPresent(
        row -> {
          EndpointLayout.identity(value, 0, row.identity());
          EndpointLayout.egressSlot(value, 0, row.egressSlot());
          EndpointLayout.ingressSlot(value, 0, row.ingressSlot());
          EndpointLayout.flags(value, 0, Abi.ENDPOINT_READY);
        });
    EndpointLayout.ifindex(value, 0, endpoint.hostIfindex());
    EndpointLayout.mac(value, 0, mac(endpoint.mac()));
    for (Address address : endpoint.addresses()) {
      if (address.ipv6()) {
        EndpointLayout.address6(value, 0, address.bytes());
        EndpointLayout.block6(value, 0, blocks.managedBlock(address));
      } else {
        EndpointLayout.address4(value, 0, (int) address.low());
        EndpointLayout.block4(value, 0, blocks.managedBlock(address));
      }
    }
    return value;
  }

  static Bytes prefixKey(Prefix prefix) {
    byte[] key = new byte[PrefixKeyLayout.SIZE];
    int mappedBits = prefix.address().ipv6() ? 0 : 96;
    PrefixKeyLayout.length(key, 0, mappedBits + prefix.length());
    PrefixKeyLayout.address(key, 0, prefix.address().mapped());
    return new Bytes(key);
  }

  static byte[] prefixValue(Blocks.Owned owned) {
    byte[] value = new byte[PrefixValueLayout.SIZE];
    PrefixValueLayout.identity(value, 0, owned.identity());
    PrefixValueLayout.block(value, 0, owned.block());
    return value;
  }

  static Bytes netnsKey(long cookie) {
    return new Bytes(ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(cookie).array());
  }

  static byte[] netnsValue(int ifindex) {
    byte[] value = new byte[NetnsLayout.SIZE];
    NetnsLayout.ifindex(value, 0, ifindex);
    return value;
  }

  static byte[] config(LocalNode node, FlowTimes times) {
    byte[] value = new byte[ConfigLayout.SIZE];
    int flags = 0;
    for (Address gateway : node.gateways()) {
      if (gateway.ipv6()) {
        flags |= Abi.CONFIG_IPV6;
        ConfigLayout.gateway6(value, 0, gateway.bytes());
      } else {
        flags |= Abi.CONFIG_IPV4;
        ConfigLayout.gateway4(value, 0, (int) gateway.low());
      }
    }
    ConfigLayout.flags(value, 0, flags);
    ConfigLayout.hostIfindex(value, 0, node.hostIfindex());
    ConfigLayout.hostMac(value, 0, mac(node.hostMac()));
    times.encode(value);
    return value;
  }

  private static byte[] mac(String text) {
    return HexFormat.ofDelimiter(":").parseHex(text);
  }
}
