package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.api.row.SourceProblem;
import io.weir.api.table.Epoch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is wrong below the tables, each for as long as it is: in {@code weir status} and the log.
 */
final class Warnings implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Warnings.class);

  private final Epoch<SourceProblem.Key, SourceProblem> problems;
  private final Map<SourceProblem.Key, SourceProblem> now = new HashMap<>();
  private boolean told;

  Warnings(Epoch<SourceProblem.Key, SourceProblem> problems) {
    this.problems = problems;
  }

  /** What is not in force, or that it is. */
  void refused(String source, Optional<Problem> problem) {
    SourceProblem.Key key = new SourceProblem.Key(Datapath.NAME, source);
    put(key, problem.map(what -> new SourceProblem(key, List.of(what), List.of())));
  }

  /** What is in force and not well, or that it is. */
  void warned(String source, Optional<Problem> problem) {
    SourceProblem.Key key = new SourceProblem.Key(Datapath.NAME, source);
    SourceProblem before = now.get(key);
    put(key, problem.map(what -> new SourceProblem(key, List.of(), List.of(what))));
    if (before == null && problem.isPresent()) {
      LOG.warn("{}", problem.get().sentence());
    } else if (before != null && problem.isEmpty()) {
      LOG.info("{}: it is over", source);
    }
  }

  private void put(SourceProblem.Key key, Optional<SourceProblem> problem) {
    SourceProblem before = problem.isPresent() ? now.put(key, problem.get()) : now.remove(key);
    if (!told || !problem.equals(Optional.ofNullable(before))) {
      problems.set(now);
      told = true;
    }
  }

  @Override
  public void close() {
    problems.close();
  }
}
