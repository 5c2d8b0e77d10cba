package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the maps of pods, addresses, prefixes and namespaces, and the one entry of {@code config},
 * should be: computed from rows alone.
 */
record EndpointEntries(
    byte[] config,
    Map<Bytes, byte[]> prefixes,
    Map<Bytes, byte[]> endpoints,
    Map<Bytes, byte[]> addresses,
    Map<Bytes, byte[]> namespaces) {

  static EndpointEntries of(EndpointMaps.Wanted wanted) {
    Blocks blocks = new Blocks(wanted.blocks(), wanted.prefixes());
    Map<Bytes, byte[]> prefixes = new LinkedHashMap<>();
    blocks
        .prefixes()
        .forEach(
            (prefix, owned) ->
                prefixes.put(
                    EndpointEncoding.prefixKey(prefix), EndpointEncoding.prefixValue(owned)));
    Map<Bytes, byte[]> endpoints = new LinkedHashMap<>();
    Map<Bytes, byte[]> addresses = new LinkedHashMap<>();
    Map<Bytes, byte[]> namespaces = new LinkedHashMap<>();
    if (wanted.node().netnsCookie() != 0) {
      namespaces.put(
          EndpointEncoding.netnsKey(wanted.node().netnsCookie()), EndpointEncoding.netnsValue(0));
    }
    for (Endpoint endpoint : wanted.endpoints()) {
      Optional<EndpointPolicy> policy = Optional.ofNullable(wanted.policies().get(endpoint.id()));
      byte[] value = EndpointEncoding.endpoint(endpoint, policy, blocks);
      endpoints.put(key(endpoint), value);
      for (Address address : endpoint.addresses()) {
        addresses.put(new Bytes(address.mapped()), value);
      }
      if (endpoint.netnsCookie() != 0) {
        namespaces.put(
            EndpointEncoding.netnsKey(endpoint.netnsCookie()),
            EndpointEncoding.netnsValue(endpoint.hostIfindex()));
      }
    }
    byte[] config = EndpointEncoding.config(wanted.node(), wanted.times());
    return new EndpointEntries(config, prefixes, endpoints, addresses, namespaces);
  }

  /** Of {@code endpoints}. */
  static Bytes key(Endpoint endpoint) {
    return new Bytes(Revisions.word(endpoint.hostIfindex()));
  }
}
