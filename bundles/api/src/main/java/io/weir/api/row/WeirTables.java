package io.weir.api.row;

import io.weir.api.table.TableId;

/** The tables that bundles share: who writes each, and what its key is. */
public final class WeirTables {
  /**
   * What users wrote, and what is derived from it (pods of a Deployment, EndpointSlices). Written
   * by {@code manifests}.
   */
  public static final TableId<ResourceKey, Resource> RESOURCES =
      TableId.shared("resources", ResourceKey.class, Resource.class);

  /**
   * By bundle and source. Written by {@code manifests} of its files, and by whoever finds a part of
   * a resource that has no effect.
   */
  public static final TableId<SourceProblem.Key, SourceProblem> SOURCE_PROBLEMS =
      TableId.shared("source-problems", SourceProblem.Key.class, SourceProblem.class);

  /**
   * By key. Written by {@code state} from files, by {@code manifests} from the ConfigMap, which
   * wins.
   */
  public static final TableId<SettingSourceKey, SettingValue> SETTINGS =
      TableId.shared("settings", SettingSourceKey.class, SettingValue.class);

  /** One row, {@link LocalNode#KEY}. Written by {@code node}. */
  public static final TableId<String, LocalNode> LOCAL_NODE =
      TableId.of("local-node", String.class, LocalNode.class);

  /**
   * By device. Written by {@code node}; {@code io.weir.datapath} reports when its programs are
   * there.
   */
  public static final TableId<String, Uplink> UPLINKS =
      TableId.of("uplinks", String.class, Uplink.class);

  /** By claim id. Written by {@code cni}; {@code io.weir.ipam} reports why a claim has no lease. */
  public static final TableId<String, AddressClaim> ADDRESS_CLAIMS =
      TableId.of("address-claims", String.class, AddressClaim.class);

  /** By claim id. Written by {@code ipam}. */
  public static final TableId<String, AddressLease> ADDRESS_LEASES =
      TableId.of("address-leases", String.class, AddressLease.class);

  /**
   * By endpoint id. Written by {@code cni}; {@code io.weir.datapath} reports when it is in force.
   */
  public static final TableId<Integer, Endpoint> ENDPOINTS =
      TableId.of("endpoints", Integer.class, Endpoint.class);

  /**
   * By number. Written by {@code identity} (reserved and pods) and {@code policy} (address blocks).
   */
  public static final TableId<Integer, Identity> IDENTITIES =
      TableId.shared("identities", Integer.class, Identity.class);

  /** By endpoint id. Written by {@code identity}. */
  public static final TableId<Integer, EndpointIdentity> ENDPOINT_IDENTITIES =
      TableId.of("endpoint-identities", Integer.class, EndpointIdentity.class);

  /** By endpoint id. Written by {@code policy}, after the compiled policies it names. */
  public static final TableId<Integer, EndpointPolicy> ENDPOINT_POLICIES =
      TableId.of("endpoint-policies", Integer.class, EndpointPolicy.class);

  /** By block. Written by {@code policy}. */
  public static final TableId<Prefix, BlockIdentity> BLOCK_IDENTITIES =
      TableId.of("block-identities", Prefix.class, BlockIdentity.class);

  /** By block. Written by {@code node}. */
  public static final TableId<Prefix, PrefixIdentity> PREFIX_IDENTITIES =
      TableId.shared("prefix-identities", Prefix.class, PrefixIdentity.class);

  /** By slot. Written by {@code policy}. */
  public static final TableId<Integer, CompiledPolicy> COMPILED_POLICIES =
      TableId.of("compiled-policies", Integer.class, CompiledPolicy.class);

  /** By id. Written by {@code policy}. */
  public static final TableId<Integer, PolicyRule> POLICY_RULES =
      TableId.of("policy-rules", Integer.class, PolicyRule.class);

  /** By slot. Written by {@code policy}, of slots that are isolated; told, never enforced. */
  public static final TableId<Integer, Isolation> ISOLATIONS =
      TableId.of("isolations", Integer.class, Isolation.class);

  /** By address, port and protocol. Written by {@code services}. */
  public static final TableId<FrontendKey, Frontend> FRONTENDS =
      TableId.of("frontends", FrontendKey.class, Frontend.class);

  /** By block. Written by {@code cni} and whoever routes; {@code routing} puts them in force. */
  public static final TableId<Prefix, Route> ROUTES =
      TableId.shared("routes", Prefix.class, Route.class);

  private WeirTables() {}

  /** A setting may be written in several places. */
  public record SettingSourceKey(String key, String source) {}
}
