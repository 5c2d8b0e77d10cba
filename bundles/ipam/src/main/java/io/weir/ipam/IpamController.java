package io.weir.ipam;

import io.weir.api.Clock;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.StateFiles;
import io.weir.api.row.Address;
import io.weir.api.row.AddressClaim;
import io.weir.api.row.AddressLease;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Reporter;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Status;
import io.weir.api.table.Tables;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Claims → leases. What is given out is on the disk before anyone can see it. Endpoints are read
 * too: where the file was lost, what their interfaces have is taken over from them.
 */
@Component(
    immediate = true,
    service = {})
public final class IpamController {
  private static final String NAME = "io.weir.ipam";
  private static final Duration READ_AGAIN = Duration.ofSeconds(5);

  private final StateFiles files;
  private final Clock clock;
  private final Epoch<String, AddressLease> leases;
  private final Reporter<String> reporter;
  private final Loop loop;

  /** Empty until the file could be read. */
  private Optional<Leases> known = Optional.empty();

  @Activate
  public IpamController(
      @Reference Tables tables, @Reference StateFiles files, @Reference Clock clock) {
    this.files = files;
    this.clock = clock;
    this.leases = tables.table(WeirTables.ADDRESS_LEASES).write(Owner.of(NAME));
    this.reporter = tables.table(WeirTables.ADDRESS_CLAIMS).reporter(NAME);
    synchronized (this) { // a step waits until the loop is known
      this.loop =
          tables.loop(
              NAME,
              List.of(WeirTables.ADDRESS_CLAIMS, WeirTables.ENDPOINTS, WeirTables.LOCAL_NODE),
              this::step);
    }
  }

  private synchronized void step(Inputs inputs) {
    Snapshot<String, AddressClaim> claims = inputs.snapshot(WeirTables.ADDRESS_CLAIMS);
    Optional<LocalNode> node = inputs.snapshot(WeirTables.LOCAL_NODE).get(LocalNode.KEY);
    if (!claims.synced() || node.isEmpty()) {
      return;
    }
    Leases before;
    try {
      before = known.orElseGet(this::read);
    } catch (ProblemException e) {
      report(claims, id -> Optional.of(e.problem()));
      loop.wakeAfter(READ_AGAIN);
      return;
    }
    Allocator.Outcome outcome =
        Allocator.next(
            before,
            claims.rows().stream().map(Row::value).toList(),
            inUse(inputs.snapshot(WeirTables.ENDPOINTS)),
            node.get(),
            clock.monotonicNanos());
    if (!outcome.leases().equals(before)) {
      files.write(LeaseFile.NAME, LeaseFile.encode(outcome.leases()));
    }
    known = Optional.of(outcome.leases());
    Map<String, AddressLease> rows = new HashMap<>();
    outcome.leases().held().forEach((id, list) -> rows.put(id, new AddressLease(id, list)));
    leases.set(rows);
    report(claims, id -> Optional.ofNullable(outcome.refused().get(id)));
    outcome
        .retryAt()
        .ifPresent(at -> loop.wakeAfter(Duration.ofNanos(at - clock.monotonicNanos())));
  }

  private Leases read() {
    return files
        .read(LeaseFile.NAME)
        .map(bytes -> LeaseFile.decode(bytes, clock.monotonicNanos()))
        .orElse(Leases.NONE);
  }

  private void report(
      Snapshot<String, AddressClaim> claims, Function<String, Optional<Problem>> refusal) {
    for (Row<String, AddressClaim> claim : claims.rows()) {
      Status status =
          refusal.apply(claim.key()).<Status>map(Status.Failed::new).orElse(Status.DONE);
      reporter.report(claim.key(), claim.revision(), status);
    }
  }

  private static Map<String, List<Address>> inUse(Snapshot<Integer, Endpoint> endpoints) {
    Map<String, List<Address>> inUse = new HashMap<>();
    for (Row<Integer, Endpoint> row : endpoints.rows()) {
      Endpoint endpoint = row.value();
      inUse.put(endpoint.containerId() + "/" + endpoint.interfaceName(), endpoint.addresses());
    }
    return inUse;
  }

  @Deactivate
  public void stop() {
    loop.close();
    reporter.close();
    leases.close();
  }
}
