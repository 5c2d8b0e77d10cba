package io.weir.policy;

import io.weir.api.row.BlockIdentity;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Identity;
import io.weir.api.row.Isolation;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.Prefix;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Tables;
import io.weir.policy.compile.PolicyEngine;

/**
 * Writes what is compiled, each row before the rows that refer to it, and takes away in the other
 * order: who reads references first, and then what they refer to, finds it.
 */
final class Writers implements AutoCloseable {
  private final Epoch<Integer, PolicyRule> rules;
  private final Epoch<Integer, Isolation> isolations;
  private final Epoch<Integer, CompiledPolicy> compiled;
  private final Epoch<Integer, Identity> identities;
  private final Epoch<Prefix, BlockIdentity> blocks;
  private final Epoch<Integer, EndpointPolicy> endpointPolicies;
  private boolean synced;

  Writers(Tables tables, Owner owner) {
    rules = tables.table(WeirTables.POLICY_RULES).write(owner);
    isolations = tables.table(WeirTables.ISOLATIONS).write(owner);
    compiled = tables.table(WeirTables.COMPILED_POLICIES).write(owner);
    identities = tables.table(WeirTables.IDENTITIES).write(owner);
    blocks = tables.table(WeirTables.BLOCK_IDENTITIES).write(owner);
    endpointPolicies = tables.table(WeirTables.ENDPOINT_POLICIES).write(owner);
  }

  void write(PolicyEngine engine) {
    engine.rules().writePuts(rules);
    engine.isolations().writePuts(isolations);
    engine.compiled().writePuts(compiled);
    engine.blockIdentities().writePuts(identities);
    engine.blocks().writePuts(blocks);
    engine.endpointPolicies().writePuts(endpointPolicies);

    engine.endpointPolicies().writeRemoves(endpointPolicies);
    engine.blocks().writeRemoves(blocks);
    engine.blockIdentities().writeRemoves(identities);
    engine.compiled().writeRemoves(compiled);
    engine.isolations().writeRemoves(isolations);
    engine.rules().writeRemoves(rules);
    if (!synced) {
      endpointPolicies.synced();
      blocks.synced();
      identities.synced();
      compiled.synced();
      isolations.synced();
      rules.synced();
      synced = true;
    }
  }

  @Override
  public void close() {
    endpointPolicies.close();
    blocks.close();
    identities.close();
    compiled.close();
    isolations.close();
    rules.close();
  }
}
