package io.weir.state;

import io.weir.api.Problem;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Row;
import io.weir.api.table.Status;
import io.weir.api.table.Table;
import io.weir.api.table.Tables;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What bundles say that they cannot: what they refuse of what users wrote, rows that they failed to
 * put in force, steps that ended in an exception.
 */
record Faults(Set<String> sentences) {
  /** How {@link Tables#unsettled} tells a loop whose step failed from one that is on its way. */
  private static final String STEP_FAILED = ": its last step failed: ";

  static Faults of(Tables tables) {
    Set<String> sentences = new LinkedHashSet<>();
    for (Row<SourceProblem.Key, SourceProblem> row :
        tables.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows()) {
      for (Problem refusal : row.value().refusals()) {
        sentences.add(row.key().bundle() + ": " + refusal.sentence());
      }
    }
    tables.all().forEach(table -> add(table, sentences));
    tables.unsettled().stream()
        .filter(sentence -> sentence.contains(STEP_FAILED))
        .forEach(sentences::add);
    return new Faults(sentences);
  }

  /** Those that were not there before. */
  List<String> since(Faults before) {
    List<String> fresh = new ArrayList<>(sentences);
    fresh.removeAll(before.sentences);
    return fresh;
  }

  private static <K, R> void add(Table<K, R> table, Set<String> sentences) {
    table
        .unreconciled()
        .forEach(
            (key, statuses) ->
                statuses.forEach(
                    (reconciler, status) -> {
                      if (status instanceof Status.Failed failed) {
                        sentences.add(
                            "%s: table %s: %s"
                                .formatted(reconciler, table.id(), failed.problem().sentence()));
                      }
                    }));
  }
}
