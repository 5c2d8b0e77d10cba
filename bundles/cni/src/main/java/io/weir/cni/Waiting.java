package io.weir.cni;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.AddressLease;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Route;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Status;
import io.weir.api.table.Tables;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Waits for what others make of our rows. Tables settle in milliseconds; where something else keeps
 * them from settling, the row is looked at all the same.
 */
final class Waiting {
  static final String IPAM = "io.weir.ipam";
  static final String DATAPATH = "io.weir.datapath";
  static final String ROUTING = "io.weir.routing";

  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration SETTLE_LIMIT = Duration.ofMillis(500);
  private static final Duration FIRST_SLICE = Duration.ofMillis(5);
  private static final Duration LAST_SLICE = Duration.ofMillis(40);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final Tables tables;

  Waiting(Tables tables) {
    this.tables = tables;
  }

  /** What one look at the tables shows. */
  private sealed interface Look<T> {
    record There<T>(T value) implements Look<T> {}

    record Refused<T>(Problem problem) implements Look<T> {}

    /**
     * @param what a noun phrase
     */
    record NotYet<T>(String what) implements Look<T> {}
  }

  @FunctionalInterface
  private interface Glance<T> {
    Look<T> look();
  }

  Optional<LocalNode> node() {
    return tables.table(WeirTables.LOCAL_NODE).snapshot().get(LocalNode.KEY);
  }

  /**
   * @throws CniError when there is no lease, and why
   */
  List<Address> lease(Attachment attachment, Progress progress) throws InterruptedException {
    String id = attachment.claim();
    return until(
        progress,
        () -> {
          Optional<AddressLease> lease = tables.table(WeirTables.ADDRESS_LEASES).snapshot().get(id);
          if (lease.isPresent()) {
            return new Look.There<>(lease.get().addresses());
          }
          return pending(
              "addresses for " + id, tables.table(WeirTables.ADDRESS_CLAIMS).status(id), IPAM);
        });
  }

  /**
   * Returns when the endpoint's policy and routes are in force.
   *
   * @throws CniError when they are not, and why
   */
  void inForce(Endpoint endpoint, Progress progress) throws InterruptedException {
    until(progress, () -> state(endpoint));
  }

  /** Why the endpoint is not in force; empty when it is. */
  Optional<Problem> notInForce(Endpoint endpoint) {
    Look<Endpoint> look = state(endpoint);
    if (look instanceof Look.Refused<Endpoint> refused) {
      return Optional.of(refused.problem());
    }
    if (look instanceof Look.NotYet<Endpoint> notYet) {
      return Optional.of(Problem.of(where(endpoint), notYet.what() + " in force", "not yet"));
    }
    return Optional.empty();
  }

  /** Gives others the time to act on what was taken away. */
  void settle(Progress progress) throws InterruptedException {
    long end = System.nanoTime() + SETTLE_LIMIT.toNanos();
    while (!tables.settle(LAST_SLICE) && System.nanoTime() < end) {
      progress.alive();
    }
  }

  private Look<Endpoint> state(Endpoint endpoint) {
    List<Look<Endpoint>> looks = new ArrayList<>();
    looks.add(
        done(
            endpoint,
            "its policy",
            tables.table(WeirTables.ENDPOINTS).status(endpoint.id()),
            DATAPATH));
    for (Route route : EndpointStore.routesOf(endpoint)) {
      looks.add(
          done(
              endpoint,
              "the route to " + route.prefix(),
              tables.table(WeirTables.ROUTES).status(route.prefix()),
              ROUTING));
    }
    return looks.stream()
        .filter(look -> !(look instanceof Look.There))
        .findFirst()
        .orElse(new Look.There<>(endpoint));
  }

  private static Look<Endpoint> done(
      Endpoint endpoint, String what, Map<String, Status> statuses, String reconciler) {
    return statuses.get(reconciler) instanceof Status.Done
        ? new Look.There<>(endpoint)
        : pending(what, statuses, reconciler);
  }

  private static <T> Look<T> pending(String what, Map<String, Status> statuses, String reconciler) {
    if (statuses.get(reconciler) instanceof Status.Failed failed) {
      return new Look.Refused<>(failed.problem());
    }
    return new Look.NotYet<>(
        statuses.containsKey(reconciler) ? what : what + " (" + reconciler + " is not running)");
  }

  private <T> T until(Progress progress, Glance<T> glance) throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    Duration slice = FIRST_SLICE;
    while (true) {
      boolean settled = tables.settle(slice);
      Look<T> look = glance.look();
      if (look instanceof Look.There<T> there) {
        return there.value();
      }
      if (look instanceof Look.Refused<T> refused) {
        throw new CniError(CniError.TRY_AGAIN_LATER, refused.problem());
      }
      if (System.nanoTime() > end) {
        throw late(((Look.NotYet<T>) look).what());
      }
      progress.alive();
      if (settled) {
        Thread.sleep(PAUSE.toMillis()); // all have acted, and it is not there: wait for news
      }
      slice = longer(slice);
    }
  }

  private CniError late(String what) {
    List<String> unsettled = tables.unsettled();
    return new CniError(
        CniError.TRY_AGAIN_LATER,
        new Problem(
            "node",
            what + " within " + LIMIT.toSeconds() + " s",
            unsettled.isEmpty() ? "nothing" : String.join(", ", unsettled),
            "see weir reconcile"));
  }

  private static Duration longer(Duration slice) {
    Duration twice = slice.multipliedBy(2);
    return twice.compareTo(LAST_SLICE) < 0 ? twice : LAST_SLICE;
  }

  private static String where(Endpoint endpoint) {
    return "endpoint " + endpoint.id() + " (" + endpoint.namespace() + "/" + endpoint.pod() + ")";
  }
}
