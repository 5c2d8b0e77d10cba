package io.weir.itests.cni;

import io.weir.api.Problem;
import io.weir.api.row.Endpoint;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Reporter;
import io.weir.api.table.Row;
import io.weir.api.table.Status;
import io.weir.api.table.Tables;
import java.util.List;

/**
 * Stands where the datapath would and reports of endpoints what a test wants: what ADD does is told
 * by when it answers, so the tests decide when policy is in force.
 */
final class Datapath implements AutoCloseable {
  private final Reporter<Integer> reporter;
  private final Loop loop;
  private volatile Status verdict = Status.DONE;

  Datapath(Tables tables) {
    reporter = tables.table(WeirTables.ENDPOINTS).reporter("io.weir.datapath");
    loop = tables.loop("io.weir.datapath", List.of(WeirTables.ENDPOINTS), this::step);
  }

  private void step(Inputs inputs) {
    for (Row<Integer, Endpoint> row : inputs.snapshot(WeirTables.ENDPOINTS).rows()) {
      reporter.report(row.key(), row.revision(), verdict);
    }
  }

  /** Policy is not in force until {@link #release}. */
  void hold() {
    verdict = Status.PENDING;
  }

  void release() {
    verdict = Status.DONE;
    loop.wake();
  }

  void fail(Problem problem) {
    verdict = new Status.Failed(problem);
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
    reporter.close();
  }
}
