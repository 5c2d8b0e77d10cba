package io.weir.policy.explain;

import io.weir.api.row.Address;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.TableId;
import io.weir.api.table.Tables;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Everything that the kernel's maps are made of, at one time. */
public record Picture(
    Map<Integer, Endpoint> endpoints,
    Map<Integer, EndpointPolicy> endpointPolicies,
    Map<Integer, CompiledPolicy> compiled,
    Map<Integer, PolicyRule> rules,
    Map<Integer, Identity> identities,
    Map<Prefix, BlockIdentity> blocks,
    Map<Prefix, PrefixIdentity> prefixes,
    Map<FrontendKey, Frontend> frontends,
    Optional<LocalNode> node) {

  public static Picture of(Tables tables) {
    return new Picture(
        rows(tables, WeirTables.ENDPOINTS),
        rows(tables, WeirTables.ENDPOINT_POLICIES),
        rows(tables, WeirTables.COMPILED_POLICIES),
        rows(tables, WeirTables.POLICY_RULES),
        rows(tables, WeirTables.IDENTITIES),
        rows(tables, WeirTables.BLOCK_IDENTITIES),
        rows(tables, WeirTables.PREFIX_IDENTITIES),
        rows(tables, WeirTables.FRONTENDS),
        Optional.ofNullable(rows(tables, WeirTables.LOCAL_NODE).get(LocalNode.KEY)));
  }

  /** Whose an address is: the pod's or node's that has it, else the block's, else the world's. */
  int identity(Address address) {
    Optional<Integer> managed = managed(address);
    if (managed.isPresent()) {
      return managed.get();
    }
    return block(address)
        .map(BlockIdentity::identity)
        .orElse(address.ipv6() ? Identity.WORLD_IPV6 : Identity.WORLD_IPV4);
  }

  /** The number of the named block that an address of a pod or node is in. */
  OptionalInt managedBlock(Address address) {
    Optional<BlockIdentity> block = managed(address).flatMap(unused -> block(address));
    return block.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(
            block.get().identity() & ~Identity.SCOPE_BLOCK | Identity.SCOPE_MANAGED_BLOCK);
  }

  Optional<Endpoint> endpoint(Address address) {
    return endpoints.values().stream()
        .filter(endpoint -> endpoint.addresses().contains(address))
        .findFirst();
  }

  /** Frontends of a service, {@code NAMESPACE/NAME}, on a port, those of IPv4 first. */
  List<Frontend> frontends(String service, int port, int protocol) {
    return frontends.values().stream()
        .filter(row -> (row.service().namespace() + "/" + row.service().name()).equals(service))
        .filter(row -> row.key().port() == port && row.key().protocol() == protocol)
        .sorted(Comparator.comparing(row -> row.key().address()))
        .toList();
  }

  private Optional<Integer> managed(Address address) {
    Optional<Integer> pod =
        endpoint(address)
            .map(endpoint -> endpointPolicies.get(endpoint.id()))
            .map(EndpointPolicy::identity);
    if (pod.isPresent()) {
      return pod;
    }
    if (node.isPresent() && node.get().addresses().contains(address)) {
      return Optional.of(Identity.HOST);
    }
    return prefixes.values().stream()
        .filter(row -> row.prefix().contains(address))
        .max(Comparator.comparingInt(row -> row.prefix().length()))
        .map(PrefixIdentity::identity);
  }

  private Optional<BlockIdentity> block(Address address) {
    return blocks.values().stream()
        .filter(row -> row.prefix().contains(address))
        .max(Comparator.comparingInt(row -> row.prefix().length()));
  }

  private static <K, R> Map<K, R> rows(Tables tables, TableId<K, R> id) {
    Map<K, R> rows = new HashMap<>();
    for (Row<K, R> row : tables.table(id).snapshot().rows()) {
      rows.put(row.key(), row.value());
    }
    return rows;
  }
}
