package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.StateFiles;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Prefix;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SettingValue;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.row.WeirTables.SettingSourceKey;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Tables;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds what is written, in files and by {@code weir apply}, and keeps the tables in step with it.
 * Every method may be called by any thread.
 */
final class Store implements AutoCloseable {
  static final String BUNDLE = "io.weir.manifests";
  static final ResourceKey CONFIG = new ResourceKey("ConfigMap", "kube-system", "cilium-config");

  private static final Logger LOG = LoggerFactory.getLogger(Store.class);

  private final Tables tables;
  private final StateFiles files;
  private final Supplier<List<Prefix>> serviceCidrs;
  private final WatchedDirectory directory;
  private final AppliedFiles applied;
  private final Derivation derivation;
  private final Sources sources;
  private final Epoch<ResourceKey, Resource> resources;
  private final Epoch<SettingSourceKey, SettingValue> settings;
  private final Epoch<SourceProblem.Key, SourceProblem> problems;

  /** Tried, not yet kept: a resource, or nothing where one is to go. */
  private final Map<ResourceKey, Optional<Resource>> trial = new LinkedHashMap<>();

  private Sources.Resolved resolved;
  private Map<ResourceKey, List<Address>> held;
  private Map<ResourceKey, Resource> rows = new HashMap<>();
  private byte[] lastGood;
  private Set<String> told = Set.of();
  private boolean started;
  private Optional<OtherInputs> published = Optional.empty();

  /** What rows follow from besides what is written: while all of it is the same, so are they. */
  private record OtherInputs(long endpointsRevision, List<Prefix> serviceCidrs) {}

  Store(
      Tables tables,
      StateFiles files,
      WatchedDirectory directory,
      AppliedFiles applied,
      Supplier<List<Prefix>> serviceCidrs) {
    this.tables = tables;
    this.files = files;
    this.directory = directory;
    this.applied = applied;
    this.serviceCidrs = serviceCidrs;
    derivation = new Derivation(files.places().node());
    held = files.read(Json.CLUSTER_IPS).map(Json::clusterIps).orElse(Map.of());
    lastGood = files.read(Json.LAST_GOOD).orElse("[]".getBytes(StandardCharsets.UTF_8));
    sources = new Sources(Json.lastGood(lastGood));
    resolved = Sources.Resolved.empty();
    for (Row<ResourceKey, Resource> row : tables.table(WeirTables.RESOURCES).snapshot().rows()) {
      if (row.owner().bundle().equals(BUNDLE)) {
        rows.put(row.key(), row.value());
      }
    }
    resources = tables.table(WeirTables.RESOURCES).write(Owner.of(BUNDLE));
    settings = tables.table(WeirTables.SETTINGS).write(new Owner(BUNDLE, "configmap"));
    problems = tables.table(WeirTables.SOURCE_PROBLEMS).write(Owner.of(BUNDLE));
  }

  /**
   * Reads what has changed in the directory, and brings the tables up to date.
   *
   * @return whether some file is still being written
   */
  synchronized boolean refresh() throws IOException {
    WatchedDirectory.Look look = directory.look();
    look.changed().forEach(sources::put);
    look.gone().forEach(sources::remove);
    look.unsettled().forEach(sources::unread);
    if (look.isEmpty() && Optional.of(inputs()).equals(published)) {
      return false;
    }
    resolved = sources.resolve();
    keepLastGood();
    publish();
    return !look.unsettled().isEmpty();
  }

  /** Where each resource is written, and what it is there. */
  synchronized Sources.Resolved resolved() {
    return resolved;
  }

  /** What the tables hold by this bundle. */
  synchronized Map<ResourceKey, Resource> rows() {
    return rows;
  }

  /**
   * Why some have no room beside what is kept; of those that follow each other the first ones have
   * it.
   */
  synchronized Map<ResourceKey, Problem> excess(Map<ResourceKey, Manifest.Document> documents) {
    Map<ResourceKey, Problem> excess = new LinkedHashMap<>();
    long rest =
        directory.room(
            documents.keySet().stream().map(AppliedFiles::name).collect(Collectors.toSet()));
    for (Map.Entry<ResourceKey, Manifest.Document> entry : documents.entrySet()) {
      long weight = Weight.of(entry.getValue());
      if (weight > rest) {
        String where = entry.getValue().resource().orElseThrow().where("");
        excess.put(entry.getKey(), Weight.excess(where, directory.room(), "more with this one"));
      } else {
        rest -= weight;
      }
    }
    return excess;
  }

  /**
   * Brings {@code changes} into the tables without keeping them: {@link #keep} or {@link #drop}
   * follows.
   *
   * @return why some cannot be had; these are not tried
   * @throws io.weir.api.ProblemException when an address cannot be written down; nothing is tried
   */
  synchronized Map<ResourceKey, Problem> attempt(Map<ResourceKey, Optional<Resource>> changes) {
    trial.putAll(changes);
    try {
      Map<ResourceKey, Problem> refused = new LinkedHashMap<>(derived().refused());
      refused.keySet().retainAll(changes.keySet());
      trial.keySet().removeAll(refused.keySet());
      publish();
      return refused;
    } catch (RuntimeException e) {
      trial.keySet().removeAll(changes.keySet());
      throw e;
    }
  }

  /**
   * Keeps what was tried, on the disk too.
   *
   * @return what could not be written, and why; that is still only tried
   */
  synchronized Map<ResourceKey, IOException> keep(Map<ResourceKey, Manifest.Document> documents) {
    Map<ResourceKey, IOException> failures = applied.write(documents.values());
    documents.forEach(
        (key, document) -> {
          String name = AppliedFiles.name(key);
          if (failures.containsKey(key)) {
            return;
          }
          Manifest manifest = new Manifest(name, List.of(document));
          try {
            directory.known(name, manifest);
          } catch (IOException e) {
            failures.put(key, e);
            return;
          }
          sources.put(name, manifest);
          trial.remove(key);
        });
    changed();
    return failures;
  }

  /** Takes an applied resource away for good. */
  synchronized void delete(ResourceKey key) throws IOException {
    String name = AppliedFiles.name(key);
    applied.delete(key);
    directory.forgotten(name);
    sources.remove(name);
    trial.remove(key);
    changed();
  }

  /** What is written is other than what was published. */
  private void changed() {
    resolved = sources.resolve();
    published = Optional.empty();
  }

  /** Takes back what was tried. */
  synchronized void drop(Set<ResourceKey> keys) {
    trial.keySet().removeAll(keys);
    publish();
  }

  synchronized void publish() {
    OtherInputs inputs = inputs();
    Derivation.Result result = derived();
    if (!result.held().equals(held)) {
      files.write(Json.CLUSTER_IPS, Json.clusterIps(result.held()));
      held = result.held();
    }
    settings.set(settingRows(result.rows()));
    problems.set(problemRows(result.refused()));
    if (endpoints().synced()) {
      resources.set(result.rows());
      rows = result.rows();
      started = true;
      published = Optional.of(inputs);
      notifyAll();
    }
  }

  private OtherInputs inputs() {
    return new OtherInputs(endpoints().revision(), serviceCidrs.get());
  }

  /**
   * Waits until resources are told at all, which is when the endpoints are known.
   *
   * @return false when {@code patience} passed first
   */
  synchronized boolean awaitStart(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!started) {
      long rest = (end - System.nanoTime()) / 1_000_000;
      if (rest <= 0) {
        return false;
      }
      wait(rest);
    }
    return true;
  }

  private Derivation.Result derived() {
    Map<ResourceKey, Resource> written = new HashMap<>(resolved.written());
    trial.forEach(
        (key, resource) ->
            resource.ifPresentOrElse(one -> written.put(key, one), () -> written.remove(key)));
    List<Endpoint> endpoints = new ArrayList<>();
    for (Row<Integer, Endpoint> row : endpoints().rows()) {
      endpoints.add(row.value());
    }
    return derivation.derive(
        new Derivation.Input(written, endpoints, serviceCidrs.get(), held, rows));
  }

  private Snapshot<Integer, Endpoint> endpoints() {
    return tables.table(WeirTables.ENDPOINTS).snapshot();
  }

  private static Map<SettingSourceKey, SettingValue> settingRows(Map<ResourceKey, Resource> rows) {
    Map<SettingSourceKey, SettingValue> settings = new HashMap<>();
    Resource config = rows.get(CONFIG);
    if (config != null) {
      String source = CONFIG.toString();
      Body.labels(config.body(), "data")
          .forEach(
              (key, text) ->
                  settings.put(
                      new SettingSourceKey(key, source), new SettingValue(key, text, source)));
    }
    return settings;
  }

  private Map<SourceProblem.Key, SourceProblem> problemRows(Map<ResourceKey, Problem> refused) {
    Map<String, List<Problem>> refusals = new HashMap<>();
    resolved.refusals().forEach((file, some) -> refusals.put(file, new ArrayList<>(some)));
    refused.forEach(
        (key, problem) ->
            refusals
                .computeIfAbsent(
                    resolved.files().getOrDefault(key, key.toString()), file -> new ArrayList<>())
                .add(problem));
    Set<String> names = new HashSet<>(refusals.keySet());
    names.addAll(resolved.warnings().keySet());
    Map<SourceProblem.Key, SourceProblem> all = new HashMap<>();
    for (String name : names) {
      SourceProblem.Key key = new SourceProblem.Key(BUNDLE, name);
      all.put(
          key,
          new SourceProblem(
              key,
              refusals.getOrDefault(name, List.of()),
              resolved.warnings().getOrDefault(name, List.of())));
    }
    tell(refusals);
    return all;
  }

  /** Each problem is logged once. */
  private void tell(Map<String, List<Problem>> refusals) {
    Set<String> now = new HashSet<>();
    refusals.values().forEach(some -> some.forEach(problem -> now.add(problem.sentence())));
    now.stream().filter(sentence -> !told.contains(sentence)).sorted().forEach(LOG::warn);
    told = now;
  }

  private void keepLastGood() {
    byte[] now = Json.lastGood(sources.good());
    if (!Arrays.equals(now, lastGood)) {
      files.write(Json.LAST_GOOD, now);
      lastGood = now;
    }
  }

  @Override
  public synchronized void close() {
    resources.close();
    settings.close();
    problems.close();
  }
}
