package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.datapath.abi.Flow4KeyLayout;
import io.weir.datapath.abi.Flow6KeyLayout;
import io.weir.linux.BpfMap;
import java.util.Optional;

/** The entries of flows in a node's kernel. */
record Flows(LoadedObjects kernel, int protocol) {
  Optional<byte[]> entry(Address source, int port, Address destination, int toPort) {
    return flows(source).lookup(key(source, port, destination, toPort));
  }

  /** As if the kernel had evicted it. */
  boolean evict(Address source, int port, Address destination, int toPort) {
    return flows(source).delete(key(source, port, destination, toPort));
  }

  private BpfMap flows(Address address) {
    return kernel.map(address.ipv6() ? "flows6" : "flows4");
  }

  byte[] key(Address source, int port, Address destination, int toPort) {
    if (source.ipv6()) {
      byte[] key = new byte[Flow6KeyLayout.SIZE];
      Flow6KeyLayout.source(key, 0, source.bytes());
      Flow6KeyLayout.destination(key, 0, destination.bytes());
      Flow6KeyLayout.sourcePort(key, 0, port);
      Flow6KeyLayout.destinationPort(key, 0, toPort);
      Flow6KeyLayout.protocol(key, 0, protocol);
      return key;
    }
    byte[] key = new byte[Flow4KeyLayout.SIZE];
    Flow4KeyLayout.source(key, 0, (int) source.low());
    Flow4KeyLayout.destination(key, 0, (int) destination.low());
    Flow4KeyLayout.sourcePort(key, 0, port);
    Flow4KeyLayout.destinationPort(key, 0, toPort);
    Flow4KeyLayout.protocol(key, 0, protocol);
    return key;
  }
}
