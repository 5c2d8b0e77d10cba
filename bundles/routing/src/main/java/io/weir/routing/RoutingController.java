package io.weir.routing;

import io.weir.api.KernelCheck;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.StateFiles;
import io.weir.api.Uninstaller;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.Route;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Reporter;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Status;
import io.weir.api.table.Tables;
import io.weir.linux.Linux;
import io.weir.linux.Netlink;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts routes in force, and for the node's row what forwarding needs: sysctls. The kernel is
 * compared with all of it every ten seconds, since others change it too.
 */
@Component(
    immediate = true,
    service = {Uninstaller.class, KernelCheck.class})
public final class RoutingController implements Uninstaller, KernelCheck {
  private static final String NAME = "io.weir.routing";
  private static final Logger LOG = LoggerFactory.getLogger(RoutingController.class);
  private static final Duration REPAIR_EVERY = Duration.ofSeconds(10);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final String node;
  private final Tables tables;
  private final Linux linux;
  private final Netlink netlink;
  private final KernelRoutes routes;
  private final Forwarding sysctls;
  private final Reporter<Prefix> onRoutes;
  private final Reporter<String> onNode;
  private final Loop loop;

  private final Map<Prefix, Problem> problems = new HashMap<>();
  private Optional<Problem> forwarding = Optional.empty();
  private Optional<LocalNode> repairedFor = Optional.empty();
  private long repairAt;
  private boolean removed;

  @Activate
  public RoutingController(
      @Reference Tables tables, @Reference StateFiles files, @Reference Linux linux) {
    this.node = files.places().node();
    this.tables = tables;
    this.linux = linux;
    this.netlink = linux.netlink();
    this.routes = new KernelRoutes(netlink);
    this.sysctls = new Forwarding(linux.sysctls(), files);
    this.onRoutes = tables.table(WeirTables.ROUTES).reporter(NAME);
    this.onNode = tables.table(WeirTables.LOCAL_NODE).reporter(NAME);
    synchronized (this) { // a step waits until the loop is known
      this.loop = tables.loop(NAME, List.of(WeirTables.ROUTES, WeirTables.LOCAL_NODE), this::step);
    }
  }

  private synchronized void step(Inputs inputs) {
    Snapshot<Prefix, Route> wanted = inputs.snapshot(WeirTables.ROUTES);
    Snapshot<String, LocalNode> nodes = inputs.snapshot(WeirTables.LOCAL_NODE);
    Optional<LocalNode> local = nodes.get(LocalNode.KEY);
    if (removed || !wanted.synced() || local.isEmpty()) {
      return;
    }
    List<Route> rows = wanted.rows().stream().map(Row::value).toList();
    boolean repair = !local.equals(repairedFor) || System.nanoTime() - repairAt >= 0;
    problems.clear();
    problems.putAll(repair ? routes.repair(rows, local.get()) : routes.follow(rows));
    for (Row<Prefix, Route> row : wanted.rows()) {
      onRoutes.report(
          row.key(), row.revision(), status(Optional.ofNullable(problems.get(row.key()))));
    }
    if (repairedFor.isEmpty()) {
      removeTableOfBefore();
    }
    if (repair) {
      forwarding = forward(local.get());
      repairedFor = local;
      repairAt = System.nanoTime() + pause().toNanos();
    }
    onNode.report(
        LocalNode.KEY, nodes.row(LocalNode.KEY).orElseThrow().revision(), status(forwarding));
    loop.wakeAfter(pause());
  }

  private Duration pause() {
    return problems.isEmpty() && forwarding.isEmpty() ? REPAIR_EVERY : RETRY_AFTER;
  }

  /** Why the node does not forward as it should; empty where it does. */
  private Optional<Problem> forward(LocalNode local) {
    try {
      sysctls.ensure(local, netlink.devices());
      return Optional.empty();
    } catch (ProblemException e) {
      return Optional.of(e.problem());
    }
  }

  /**
   * Engines before this one masqueraded by a table of nftables, {@code inet weir_NODE}; the
   * datapath does now. Where nothing can be asked of nftables, there is none.
   */
  private void removeTableOfBefore() {
    String table = "inet weir_" + node.replaceAll("[^A-Za-z0-9_.-]", "_");
    try {
      if (linux.nft().list(table).isPresent()) {
        linux.nft().apply("delete table " + table + "\n");
        LOG.info("removed nft table {}, by which an earlier Weir masqueraded", table);
      }
    } catch (ProblemException e) {
      LOG.debug("nft table {} is not looked for: {}", table, e.getMessage());
    }
  }

  private static Status status(Optional<Problem> problem) {
    return problem.<Status>map(Status.Failed::new).orElse(Status.DONE);
  }

  @Override
  public List<Difference> differences() {
    Snapshot<Prefix, Route> wanted = tables.table(WeirTables.ROUTES).snapshot();
    if (!wanted.synced()) {
      throw Problem.of("table routes", "the rows of all its owners", "not all of them yet")
          .remedy("see weir status")
          .asException();
    }
    List<Route> rows = wanted.rows().stream().map(Row::value).toList();
    return KernelRoutes.differences(rows, local(), netlink.devices(), netlink.routes());
  }

  @Override
  public synchronized void repair() {
    if (!removed) {
      List<Route> rows =
          tables.table(WeirTables.ROUTES).snapshot().rows().stream().map(Row::value).toList();
      routes.repair(rows, local());
    }
  }

  private LocalNode local() {
    return tables
        .table(WeirTables.LOCAL_NODE)
        .snapshot()
        .get(LocalNode.KEY)
        .orElseThrow(
            () -> Problem.of("table local-node", "the row of this node", "none").asException());
  }

  @Override
  public String what() {
    return "routes of protocol " + RoutePlan.PROTOCOL + ", sysctls as they were before";
  }

  @Override
  public synchronized void uninstall() {
    removed = true;
    routes.removeAll();
    sysctls.restore();
  }

  @Override
  public int order() {
    return 80;
  }

  @Deactivate
  public void stop() {
    loop.close();
    onRoutes.close();
    onNode.close();
    netlink.close();
  }
}
