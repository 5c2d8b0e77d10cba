package io.weir.api.table;

import io.weir.api.Problem;

/** How far a row is from being in force. */
public sealed interface Status {
  record Pending() implements Status {}

  record Done() implements Status {}

  record Failed(Problem problem) implements Status {}

  Status PENDING = new Pending();
  Status DONE = new Done();
}
