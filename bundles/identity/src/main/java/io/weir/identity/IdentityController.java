package io.weir.identity;

import io.weir.api.Clock;
import io.weir.api.ProblemException;
import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.api.StateFiles;
import io.weir.api.row.Endpoint;
import io.weir.api.row.EndpointIdentity;
import io.weir.api.row.Identity;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Tables;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Gives every endpoint the number of its labels. Numbers are on the disk before they are in {@link
 * WeirTables#IDENTITIES}, and there before an endpoint has them.
 */
@Component(service = IdentityController.class, immediate = true)
public final class IdentityController {
  static final Setting<LabelFilter> LABELS =
      new Setting<>(
          "labels",
          "",
          "which labels make a pod's identity, added to the defaults: [!][SOURCE:]REGEX, separated"
              + " by blanks; ! leaves out",
          "regular expressions, each with ! or a source before it or not",
          LabelFilter::parse);

  static final Setting<String> CLUSTER_NAME =
      Setting.text("cluster-name", "default", "the cluster's name, a label of every pod");

  static final Setting<Duration> PATIENCE =
      new Setting<>(
          "identity-heartbeat-timeout",
          "30m0s",
          "how long an identity that no pod has keeps its number",
          "a duration such as 30m0s",
          Patience::parse);

  private static final Owner OWNER = Owner.of("io.weir.identity");

  private final StateFiles files;
  private final Clock clock;
  private final Numbers numbers;
  private final Assignment assignment = new Assignment();
  private final ApiServer apiServer = new ApiServer();
  private final Map<Integer, EndpointIdentity> given = new HashMap<>();
  private final Epoch<Integer, Identity> identities;
  private final Epoch<Integer, EndpointIdentity> endpointIdentities;
  private final Settings.View settings;

  /** Held until {@link #loop} is known, and by each step. */
  private final Object turn = new Object();

  private final Loop loop;

  /** Starts following endpoints and resources. */
  @Activate
  public IdentityController(
      @Reference Tables tables,
      @Reference Settings settings,
      @Reference StateFiles files,
      @Reference Clock clock) {
    this.files = files;
    this.clock = clock;
    numbers = new Numbers(NumbersFile.decode(files.read(NumbersFile.NAME)), now());
    identities = tables.table(WeirTables.IDENTITIES).write(OWNER);
    endpointIdentities = tables.table(WeirTables.ENDPOINT_IDENTITIES).write(OWNER);
    synchronized (turn) {
      this.settings =
          settings.declare(OWNER.bundle(), this::settingChanged, LABELS, CLUSTER_NAME, PATIENCE);
      loop =
          tables.loop(
              OWNER.bundle(),
              List.of(WeirTables.ENDPOINTS, WeirTables.RESOURCES, WeirTables.LOCAL_NODE),
              inputs -> {
                synchronized (turn) {
                  step(inputs);
                }
              });
    }
  }

  /** Ends; rows and numbers stay for the successor. */
  @Deactivate
  public void deactivate() {
    settings.close();
    loop.close();
    endpointIdentities.close();
    identities.close();
  }

  private void settingChanged() {
    synchronized (turn) {
      if (loop != null) { // told before there is a loop: its first turn reads the settings
        loop.wake();
      }
    }
  }

  private void step(Inputs inputs) {
    Snapshot<Integer, Endpoint> endpoints = inputs.snapshot(WeirTables.ENDPOINTS);
    Snapshot<ResourceKey, Resource> resources = inputs.snapshot(WeirTables.RESOURCES);
    apiServer.apply(inputs.changes(WeirTables.RESOURCES));
    if (!endpoints.synced() || !resources.synced()) {
      return;
    }
    Map<Integer, SortedMap<String, String>> labels =
        assignment.labels(
            endpoints.rows().stream().map(Row::value).toList(),
            resources::get,
            settings.get(LABELS),
            settings.get(CLUSTER_NAME));
    ProblemException exhausted = null;
    try {
      number(labels);
    } catch (ProblemException e) {
      exhausted = e;
    }
    write(labels, inputs.snapshot(WeirTables.LOCAL_NODE));
    if (exhausted != null) {
      throw exhausted;
    }
  }

  private void number(Map<Integer, SortedMap<String, String>> labels) {
    Set<SortedMap<String, String>> wanted = new HashSet<>(labels.values());
    wanted.removeIf(Assignment::isInit);
    Duration patience = settings.get(PATIENCE);
    try {
      numbers.use(wanted, now(), patience);
    } finally {
      if (numbers.unsaved()) {
        files.write(NumbersFile.NAME, NumbersFile.encode(numbers.content()));
        numbers.saved();
      }
      numbers.nextRelease(patience).ifPresent(this::wakeAt);
    }
  }

  private void write(
      Map<Integer, SortedMap<String, String>> labels, Snapshot<String, LocalNode> nodes) {
    boolean hostServesApi =
        nodes
            .get(LocalNode.KEY)
            .map(node -> apiServer.isAt(node.addresses().stream().map(Object::toString).toList()))
            .orElse(false);
    Map<Integer, Identity> rows = new HashMap<>(Reserved.identities(hostServesApi));
    numbers.identities().forEach(identity -> rows.put(identity.number(), identity));
    identities.set(rows);

    given.keySet().retainAll(labels.keySet());
    labels.forEach(
        (endpoint, set) ->
            (Assignment.isInit(set) ? Optional.of(Identity.INIT) : numbers.number(set))
                .ifPresent(number -> given.put(endpoint, new EndpointIdentity(endpoint, number))));
    endpointIdentities.set(given);
  }

  private void wakeAt(Instant at) {
    Duration wait = Duration.between(now(), at);
    loop.wakeAfter(wait.isNegative() ? Duration.ZERO : wait);
  }

  /** Since boot: what is to pass must not depend on wall time, which is set now and then. */
  private Instant now() {
    return Instant.EPOCH.plusNanos(clock.monotonicNanos());
  }
}
