package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Status;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import io.weir.manifests.Manifest.Document;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Applies and deletes resources. What is applied is tried first, and kept only if no one refuses
 * it: a refused resource stays as it was before. One call at a time.
 */
final class Applier {
  /** For how long a change may take to be in force. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What became of one resource. */
  enum Outcome {
    CREATED,
    CONFIGURED,
    UNCHANGED,
    DELETED,
    REFUSED
  }

  /**
   * The end of a call.
   *
   * @param outcomes of each resource
   * @param problems in the order in which they were found
   */
  record Report(
      Map<ResourceKey, Outcome> outcomes, List<Problem> problems, List<Problem> warnings) {
    Report() {
      this(new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>());
    }

    void refused(ResourceKey key, Problem problem) {
      outcomes.put(key, Outcome.REFUSED);
      problems.add(problem);
    }
  }

  private final Tables tables;
  private final Store store;

  Applier(Tables tables, Store store) {
    this.tables = tables;
    this.store = store;
  }

  Store store() {
    return store;
  }

  /**
   * @param wait until it is in force; otherwise only the schema is checked
   */
  synchronized Report apply(List<Manifest> manifests, boolean wait) throws InterruptedException {
    Report report = new Report();
    Map<ResourceKey, Document> documents = new LinkedHashMap<>();
    for (Manifest manifest : manifests) {
      report.problems().addAll(manifest.problems());
      report.warnings().addAll(manifest.warnings());
      for (Document document : manifest.documents()) {
        document.resource().ifPresent(resource -> sort(resource, document, documents, report));
      }
    }
    Map<ResourceKey, Problem> excess = store.excess(documents);
    excess.forEach(report::refused);
    documents.keySet().removeAll(excess.keySet());
    Map<ResourceKey, Optional<Resource>> changes = new LinkedHashMap<>();
    documents.forEach((key, document) -> changes.put(key, document.resource()));
    store.attempt(changes).forEach(report::refused);
    documents.keySet().removeIf(key -> report.outcomes().get(key) == Outcome.REFUSED);
    boolean judged = false;
    try {
      if (wait && settled(report)) {
        judge(report, documents);
      }
      judged = true;
    } finally {
      if (!judged) {
        store.drop(documents.keySet());
      }
    }
    keep(documents, report);
    return report;
  }

  /** Finds out what applying a document means, before anything changes. */
  private void sort(
      Resource resource, Document document, Map<ResourceKey, Document> documents, Report report) {
    ResourceKey key = resource.key();
    Sources.Resolved resolved = store.resolved();
    Resource written = resolved.written().get(key);
    String file = resolved.files().getOrDefault(key, "");
    Resource row = store.rows().get(key);
    if (report.outcomes().containsKey(key)) {
      report.problems().add(Problem.of(resource.where(""), "each resource once", "it again"));
    } else if (written != null && isSame(written, resource)) {
      report.outcomes().put(key, Outcome.UNCHANGED);
    } else if (written != null && !file.equals(AppliedFiles.name(key))) {
      report.refused(
          key,
          Problem.of(resource.where(""), "what " + file + " says, which wins", "something else")
              .remedy("change it in " + file));
    } else if (written == null && row != null && !key.kind().equals("Namespace")) {
      report.refused(
          key,
          Problem.of(
              resource.where(""),
              "a resource of your own",
              "one that is derived from " + row.origin().source()));
    } else {
      report.outcomes().put(key, written == null ? Outcome.CREATED : Outcome.CONFIGURED);
      documents.put(key, document);
    }
  }

  private static boolean isSame(Resource one, Resource other) {
    return one.apiVersion().equals(other.apiVersion())
        && one.labels().equals(other.labels())
        && one.annotations().equals(other.annotations())
        && one.body().equals(other.body());
  }

  private boolean settled(Report report) throws InterruptedException {
    if (!store.awaitStart(PATIENCE)) {
      report
          .problems()
          .add(
              Problem.of(
                      "apply",
                      "all in force within " + PATIENCE.toSeconds() + " s",
                      "a node that is starting: it is not known which pods it has")
                  .remedy("weir status says when it is"));
      return false;
    }
    if (tables.settle(PATIENCE)) {
      return true;
    }
    report
        .problems()
        .add(
            Problem.of(
                    "apply",
                    "all in force within " + PATIENCE.toSeconds() + " s",
                    String.join(", ", tables.unsettled()))
                .remedy("weir status says when it is"));
    return false;
  }

  /** What those who put resources in force say of them now. */
  private void judge(Report report, Map<ResourceKey, Document> documents) {
    Table<ResourceKey, Resource> table = tables.table(WeirTables.RESOURCES);
    for (ResourceKey key : report.outcomes().keySet()) {
      Set<Problem> refusals = new LinkedHashSet<>();
      table
          .status(key)
          .forEach(
              (reconciler, status) -> {
                if (status instanceof Status.Failed failed) {
                  refusals.add(failed.problem());
                } else if (status instanceof Status.Pending) {
                  report
                      .problems()
                      .add(Problem.of(key.toString(), reconciler + " has not put it in force yet"));
                }
              });
      for (Row<SourceProblem.Key, SourceProblem> row :
          tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows()) {
        if (row.key().source().equals(key.toString())) {
          refusals.addAll(row.value().refusals());
          report.warnings().addAll(row.value().warnings());
        }
      }
      report.problems().addAll(refusals);
      if (!refusals.isEmpty() && documents.containsKey(key)) {
        report.outcomes().put(key, Outcome.REFUSED);
      }
    }
  }

  private void keep(Map<ResourceKey, Document> documents, Report report) {
    Set<ResourceKey> dropped = new LinkedHashSet<>(documents.keySet());
    dropped.removeIf(key -> report.outcomes().get(key) != Outcome.REFUSED);
    documents.keySet().removeAll(dropped);
    store
        .keep(documents)
        .forEach(
            (key, failure) -> {
              dropped.add(key);
              report.refused(
                  key,
                  Problem.of(
                          AppliedFiles.name(key), "a file that can be written", failure.toString())
                      .remedy("make room on the disk, or the directory writable"));
            });
    if (!dropped.isEmpty()) {
      store.drop(dropped);
    }
  }

  /** Takes resources away; a namespace with all that was applied in it. */
  synchronized Report delete(Set<ResourceKey> keys, boolean wait) throws InterruptedException {
    Report report = new Report();
    Set<ResourceKey> all = new LinkedHashSet<>(keys);
    for (ResourceKey key : keys) {
      if (key.kind().equals("Namespace")) {
        store.resolved().files().keySet().stream()
            .filter(other -> other.namespace().equals(key.name()))
            .sorted()
            .forEach(all::add);
      }
    }
    all.forEach(key -> delete(key, report));
    store.publish();
    if (wait) {
      settled(report);
    }
    return report;
  }

  private void delete(ResourceKey key, Report report) {
    Sources.Resolved resolved = store.resolved();
    String file = resolved.files().get(key);
    Resource row = store.rows().get(key);
    if (file == null) {
      Problem absent = Problem.of(key.toString(), "there is none");
      report.refused(
          key,
          row == null
              ? absent
              : Problem.of(
                      key.toString(),
                      "a resource of your own",
                      "one that is derived from " + row.origin().source())
                  .remedy("delete or change that"));
      return;
    }
    if (!file.equals(AppliedFiles.name(key))) {
      int line = resolved.written().get(key).origin().line();
      report.refused(
          key,
          Problem.of(key.toString(), "one that was applied", "one written in " + file + ":" + line)
              .remedy("take it out there"));
      return;
    }
    try {
      store.delete(key);
      report.outcomes().put(key, Outcome.DELETED);
    } catch (IOException e) {
      report.refused(key, Problem.of(file, "a file that can be removed", e.toString()));
    }
  }
}
