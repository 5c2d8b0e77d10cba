package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Problem;
import io.weir.api.table.Epoch;
import io.weir.api.table.FencedException;
import io.weir.api.table.Owner;
import io.weir.api.table.Reporter;
import io.weir.api.table.Row;
import io.weir.api.table.Snapshot;
import io.weir.api.table.Status;
import io.weir.api.table.Table;
import io.weir.api.table.TableId;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TableTest {
  private static final TableId<String, String> OWN = TableId.of("own", String.class, String.class);
  private static final TableId<String, String> SHARED =
      TableId.shared("shared", String.class, String.class);
  private static final Owner A = Owner.of("io.weir.a");
  private static final Owner B = Owner.of("io.weir.b");

  private final TableStore store = new TableStore();
  private final Table<String, String> own = store.table(OWN);
  private final Table<String, String> shared = store.table(SHARED);

  @Test
  void should_give_the_same_value_no_new_revision() {
    Epoch<String, String> epoch = own.write(A);
    epoch.put("k", "v");
    long revision = own.snapshot().row("k").orElseThrow().revision();
    epoch.put("k", new String("v"));
    assertThat(own.snapshot().revision()).isEqualTo(revision);
    epoch.put("k", "w");
    assertThat(own.snapshot().row("k").orElseThrow().revision()).isEqualTo(revision + 1);
  }

  @Test
  void should_keep_a_snapshot_as_it_was() {
    Epoch<String, String> epoch = own.write(A);
    epoch.put("k", "v");
    Snapshot<String, String> before = own.snapshot();
    epoch.put("k", "w");
    epoch.remove("k");
    assertThat(before.get("k")).contains("v");
    assertThat(before.size()).isEqualTo(1);
    assertThat(own.snapshot().get("k")).isEmpty();
    assertThat(own.snapshot().rows()).isEmpty();
  }

  @Test
  void should_sweep_what_a_new_epoch_has_not_written_when_it_syncs_and_not_before() {
    try (Epoch<String, String> first = own.write(A)) {
      first.set(Map.of("a", "1", "b", "2"));
    }
    Epoch<String, String> second = own.write(A);
    second.put("a", "1");
    assertThat(content(own)).containsOnlyKeys("a", "b");
    second.synced();
    assertThat(content(own)).containsOnlyKeys("a");
  }

  @Test
  void should_change_nothing_when_a_restarted_owner_writes_the_same_rows() {
    own.write(A).set(Map.of("a", "1", "b", "2"));
    Snapshot<String, String> before = own.snapshot();
    own.write(A).set(Map.of("a", "1", "b", "2"));
    assertThat(own.snapshot().revision()).isEqualTo(before.revision());
    assertThat(own.snapshot().rows()).containsExactlyInAnyOrderElementsOf(before.rows());
  }

  @Test
  void should_make_the_rows_exactly_those_that_are_set() {
    Epoch<String, String> epoch = own.write(A);
    epoch.put("early", "0");
    epoch.set(Map.of("a", "1", "b", "2"));
    assertThat(content(own)).isEqualTo(Map.of("a", "1", "b", "2"));
    long revision = own.snapshot().revision();
    epoch.set(Map.of("b", "2", "c", "3"));
    assertThat(content(own)).isEqualTo(Map.of("b", "2", "c", "3"));
    assertThat(own.snapshot().revision()).as("one removal, one new row").isEqualTo(revision + 2);
  }

  @Test
  void should_fence_an_older_epoch_of_the_same_owner() {
    Epoch<String, String> older = own.write(A);
    Epoch<String, String> newer = own.write(A);
    newer.put("k", "new");
    assertThatThrownBy(() -> older.put("k", "old"))
        .isInstanceOf(FencedException.class)
        .hasMessage("table own: a newer epoch of io.weir.a has begun");
    assertThatThrownBy(() -> older.remove("k")).isInstanceOf(FencedException.class);
    assertThatThrownBy(older::synced).isInstanceOf(FencedException.class);
    assertThatThrownBy(() -> older.set(Map.of())).isInstanceOf(FencedException.class);
    older.close();
    assertThat(own.snapshot().row("k").orElseThrow()).isEqualTo(new Row<>("k", "new", A, 1, false));
  }

  @Test
  void should_refuse_writing_in_a_closed_epoch() {
    Epoch<String, String> epoch = own.write(A);
    epoch.close();
    assertThatThrownBy(() -> epoch.put("k", "v"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("table own: this epoch of io.weir.a is closed");
  }

  @Test
  void should_let_one_owner_at_a_time_write_a_table_that_is_not_shared() {
    Epoch<String, String> first = own.write(A);
    first.set(Map.of("a", "1", "b", "2"));
    assertThatThrownBy(() -> own.write(B))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "table own: expected no other writer, io.weir.a is writing; it is not shared, so one epoch must end before another owner's begins");
    first.close();
    long revision = own.snapshot().row("a").orElseThrow().revision();
    Epoch<String, String> successor = own.write(B);
    successor.put("a", "1");
    assertThat(content(own)).containsOnlyKeys("a", "b");
    successor.synced();
    assertThat(own.snapshot().rows()).containsExactly(new Row<>("a", "1", B, revision, false));
    assertThat(own.snapshot().synced()).isTrue();
  }

  @Test
  void should_keep_the_rows_of_several_owners_of_a_shared_table_apart() {
    Epoch<String, String> a = shared.write(A);
    Epoch<String, String> b = shared.write(B);
    a.put("a", "1");
    b.put("b", "2");
    b.remove("a");
    assertThat(content(shared)).containsOnlyKeys("a", "b");
    a.set(Map.of());
    assertThat(content(shared)).containsOnlyKeys("b");
  }

  @Test
  void should_give_a_row_of_a_shared_table_to_whoever_wrote_it_last() {
    Epoch<String, String> a = shared.write(A);
    Epoch<String, String> b = shared.write(B);
    a.put("k", "v");
    long revision = shared.snapshot().revision();
    b.put("k", "v");
    a.set(Map.of());
    assertThat(shared.snapshot().rows()).containsExactly(new Row<>("k", "v", B, revision, false));
  }

  @Test
  void should_mark_rows_stale_until_a_newer_epoch_has_written_them() {
    Epoch<String, String> first = own.write(A);
    first.set(Map.of("a", "1", "b", "2"));
    assertThat(stale(own)).isEqualTo(Map.of("a", false, "b", false));
    first.close();
    assertThat(stale(own)).isEqualTo(Map.of("a", true, "b", true));
    Epoch<String, String> second = own.write(A);
    assertThat(stale(own)).isEqualTo(Map.of("a", true, "b", true));
    second.put("a", "1");
    assertThat(stale(own)).isEqualTo(Map.of("a", false, "b", true));
    second.synced();
    assertThat(stale(own)).isEqualTo(Map.of("a", false));
  }

  @Test
  void should_be_synced_when_every_owner_has_been_once() {
    assertThat(shared.snapshot().synced()).as("nobody has written").isFalse();
    Epoch<String, String> a = shared.write(A);
    assertThat(shared.snapshot().synced()).isFalse();
    a.synced();
    assertThat(shared.snapshot().synced()).isTrue();
    Epoch<String, String> b = shared.write(B);
    assertThat(shared.snapshot().synced()).isFalse();
    b.synced();
    shared.write(A);
    assertThat(shared.snapshot().synced()).as("a second epoch of one that has").isTrue();
  }

  @Test
  void should_refuse_a_name_with_other_types() {
    TableId<String, Integer> other = TableId.of("own", String.class, Integer.class);
    assertThatThrownBy(() -> store.table(other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "table own: expected keys java.lang.String and rows java.lang.String");
  }

  @Test
  void should_hold_a_row_pending_until_a_report_on_its_revision() {
    Epoch<String, String> epoch = own.write(A);
    epoch.put("k", "v");
    assertThat(own.status("k")).as("nobody to report").isEmpty();
    Reporter<String> reporter = own.reporter("io.weir.datapath");
    assertThat(own.status("k")).isEqualTo(Map.of("io.weir.datapath", Status.PENDING));
    long first = own.snapshot().revision();
    reporter.report("k", first, Status.DONE);
    assertThat(own.status("k")).isEqualTo(Map.of("io.weir.datapath", Status.DONE));
    assertThat(own.unreconciled()).isEmpty();

    epoch.put("k", "w");
    reporter.report("k", first, Status.DONE);
    assertThat(own.status("k")).isEqualTo(Map.of("io.weir.datapath", Status.PENDING));
    Status failed = new Status.Failed(Problem.of("map", "full"));
    reporter.report("k", first + 1, failed);
    assertThat(own.unreconciled()).isEqualTo(Map.of("k", Map.of("io.weir.datapath", failed)));
    epoch.put("k", "w");
    assertThat(own.status("k")).as("the same value").isEqualTo(Map.of("io.weir.datapath", failed));

    reporter.close();
    assertThat(own.status("k")).isEmpty();
    assertThat(own.unreconciled()).isEmpty();
  }

  @Test
  void should_forget_reports_on_a_row_that_has_gone() {
    Epoch<String, String> epoch = own.write(A);
    Reporter<String> reporter = own.reporter("io.weir.datapath");
    epoch.put("k", "v");
    reporter.report("k", 99, Status.DONE);
    epoch.remove("k");
    assertThat(own.status("k")).isEmpty();
    epoch.put("k", "v");
    assertThat(own.status("k")).isEqualTo(Map.of("io.weir.datapath", Status.PENDING));
  }

  @Test
  void should_ask_a_reconciler_of_some_rows_for_those_only() {
    own.write(A).set(Map.of("policy/a", "1", "service/b", "2"));
    own.reporter("io.weir.policy", key -> key.startsWith("policy/"));
    assertThat(own.status("service/b")).isEmpty();
    assertThat(own.unreconciled())
        .isEqualTo(Map.of("policy/a", Map.of("io.weir.policy", Status.PENDING)));
  }

  @Test
  void should_keep_the_statuses_of_a_reconciler_whose_predecessor_closes_late() {
    own.write(A).set(Map.of("k", "v"));
    Reporter<String> old = own.reporter("io.weir.datapath");
    Reporter<String> successor = own.reporter("io.weir.datapath");
    successor.report("k", 1, Status.DONE);
    old.close();
    assertThat(own.status("k")).isEqualTo(Map.of("io.weir.datapath", Status.DONE));
  }

  @Test
  void should_drop_the_tables_of_a_class_loader_that_goes() {
    own.write(A).put("k", "v");
    Epoch<String, String> epoch = shared.write(A);
    store.drop(loader -> loader == String.class.getClassLoader());
    assertThat(store.all()).isEmpty();
    assertThat(own.snapshot().rows()).isEmpty();
    epoch.close();
    assertThatThrownBy(() -> own.write(A))
        .hasMessage("table own: it went with the bundle that its row type came from");
    assertThat(store.table(OWN)).as("a new one").isNotSameAs(own);
  }

  private static Map<String, String> content(Table<String, String> table) {
    return table.snapshot().rows().stream().collect(Collectors.toMap(Row::key, Row::value));
  }

  private static Map<String, Boolean> stale(Table<String, String> table) {
    return table.snapshot().rows().stream().collect(Collectors.toMap(Row::key, Row::stale));
  }
}
