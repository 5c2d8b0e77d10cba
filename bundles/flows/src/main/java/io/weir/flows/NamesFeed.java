package io.weir.flows;

import io.weir.api.Clock;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Frontend;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Change;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Tables;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** Tells {@link Names} what changes in the tables that it knows names from. */
final class NamesFeed implements AutoCloseable {
  private final Names names;
  private final Clock clock;
  private final CountDownLatch told = new CountDownLatch(1);
  private final Loop loop;

  NamesFeed(String name, Tables tables, Names names, Clock clock) {
    this.names = names;
    this.clock = clock;
    loop =
        tables.loop(
            name,
            List.of(
                WeirTables.ENDPOINT_POLICIES,
                WeirTables.ISOLATIONS,
                WeirTables.POLICY_RULES,
                WeirTables.FRONTENDS,
                WeirTables.ENDPOINTS,
                WeirTables.IDENTITIES,
                WeirTables.BLOCK_IDENTITIES,
                WeirTables.PREFIX_IDENTITIES,
                WeirTables.RESOURCES),
            this::step);
  }

  /** Waits until what is in the tables has been told once. */
  void await() throws InterruptedException {
    told.await();
  }

  private void step(Inputs inputs) {
    long now = clock.monotonicNanos();
    for (Change<ResourceKey, Resource> change : inputs.changes(WeirTables.RESOURCES)) {
      if (change.key().kind().equals("Pod")) {
        names.workloads(
            change.key(),
            change
                .after()
                .map(pod -> Workloads.of(pod, inputs.snapshot(WeirTables.RESOURCES)::get)),
            now);
      }
    }
    each(inputs.changes(WeirTables.IDENTITIES), c -> names.identity(c.key(), c.after(), now));
    each(inputs.changes(WeirTables.ENDPOINTS), c -> names.endpoint(c.key(), c.after(), now));
    for (Change<FrontendKey, Frontend> change : inputs.changes(WeirTables.FRONTENDS)) {
      names.frontend(change.before(), change.after(), now);
    }
    each(inputs.changes(WeirTables.POLICY_RULES), c -> names.rule(c.key(), c.after(), now));
    each(inputs.changes(WeirTables.ISOLATIONS), c -> names.isolation(c.key(), c.after(), now));
    for (Change<Integer, EndpointPolicy> change : inputs.changes(WeirTables.ENDPOINT_POLICIES)) {
      names.policy(change.key(), change.after(), now);
    }
    for (Change<Prefix, BlockIdentity> change : inputs.changes(WeirTables.BLOCK_IDENTITIES)) {
      names.block(change.key(), identity(change.after().map(BlockIdentity::identity)));
    }
    for (Change<Prefix, PrefixIdentity> change : inputs.changes(WeirTables.PREFIX_IDENTITIES)) {
      names.block(change.key(), identity(change.after().map(PrefixIdentity::identity)));
    }
    told.countDown();
  }

  private static OptionalInt identity(Optional<Integer> known) {
    return known.isPresent() ? OptionalInt.of(known.get()) : OptionalInt.empty();
  }

  private static <R> void each(
      List<Change<Integer, R>> changes, Consumer<Change<Integer, R>> action) {
    changes.forEach(action);
  }

  @Override
  public void close() {
    loop.close();
  }
}
