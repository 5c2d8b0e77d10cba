package io.weir.console.swap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SwapTest {
  private static final String POLICY = "io.weir.policy";
  private static final Duration WATCH = Duration.ofSeconds(30);

  private final FakeEngine engine = new FakeEngine();
  private final Changes changes = new Changes();
  private final List<String> said = new ArrayList<>();

  @Test
  void should_keep_replace_wait_and_watch() throws Exception {
    engine.faults.put("new", millis -> millis < 200 ? List.of("it is starting") : List.of());
    engine.writes.put("policy", 10L);
    engine.writesOfReplace.put("policy", 3L);

    Swap.Outcome outcome = run(POLICY);

    assertThat(outcome)
        .isEqualTo(new Swap.Outcome.Done(Duration.ofMillis(200), Map.of("policy", 3L)));
    assertThat(engine.done).containsExactly("keep io.weir.policy.jar", "replace [io.weir.policy]");
    assertThat(said)
        .containsExactly(
            "at work after 200 ms, with 3 writes to kernel maps {policy=3}; watched for 30 s");
    assertThat(engine.nanos()).isGreaterThanOrEqualTo(WATCH.toNanos());
  }

  @Test
  void should_let_nothing_change_while_it_replaces_but_while_it_watches() throws Exception {
    List<String> changed = new ArrayList<>();
    engine.faults.put("new", millis -> mayChange(changed, "new", millis > 20_000));
    engine.faults.put("old", millis -> mayChange(changed, "old", false));

    assertThat(run(POLICY)).isInstanceOf(Swap.Outcome.RolledBack.class);

    assertThat(changed.stream().distinct())
        .as("before, while it is replaced, while it is watched, while it is put back")
        .containsExactly("old: yes", "new: no", "new: yes", "old: no");
    assertThat(changes.change()).isPresent();
  }

  private List<String> mayChange(List<String> changed, String jar, boolean bad) {
    Optional<Changes.Turn> turn = changes.change();
    turn.ifPresent(Changes.Turn::close);
    changed.add(jar + (turn.isPresent() ? ": yes" : ": no"));
    return bad ? List.of("row failed") : List.of();
  }

  @Test
  void should_put_back_what_the_container_refuses() throws Exception {
    engine.refused.add("new");

    assertThat(problem(run(POLICY)))
        .isEqualTo(
            "swap io.weir.policy: expected version 2 at work, got the container: expected a bundle"
                + " that resolves, got new; the one before, version 1, is in force again");
    assertThat(engine.done)
        .containsExactly(
            "keep io.weir.policy.jar", "replace [io.weir.policy]", "replace [io.weir.policy]");
  }

  @Test
  void should_put_back_at_once_what_waiting_does_not_mend() throws Exception {
    engine.faults.put("new", millis -> List.of("policy waits", "policy failed: boom"));
    engine.hopeless.add("policy failed: boom");

    assertThat(problem(run(POLICY))).contains("got policy failed: boom; the one before");
    assertThat(engine.nanos()).isLessThan(Swap.PATIENCE.toNanos());
  }

  @Test
  void should_put_back_what_is_not_at_work_in_time() throws Exception {
    engine.faults.put("new", millis -> List.of("policy waits for Tables"));

    assertThat(problem(run(POLICY)))
        .contains("got not at work after 30 s: policy waits for Tables; the one before");
  }

  @Test
  void should_put_back_what_goes_bad_while_it_is_watched() throws Exception {
    engine.faults.put("new", millis -> millis > 20_000 ? List.of("row failed") : List.of());

    assertThat(problem(run(POLICY))).contains("got row failed; the one before, version 1");
  }

  @Test
  void should_put_back_what_goes_bad_just_before_the_end() throws Exception {
    engine.faults.put("new", millis -> millis > 29_000 ? List.of("row failed") : List.of());

    assertThat(run(POLICY)).isInstanceOf(Swap.Outcome.RolledBack.class);
  }

  @Test
  void should_bear_a_fault_that_goes_again() throws Exception {
    engine.faults.put(
        "new", millis -> millis > 10_000 && millis < 12_000 ? List.of("row failed") : List.of());

    assertThat(run(POLICY)).isInstanceOf(Swap.Outcome.Done.class);
  }

  @Test
  void should_not_hold_against_it_what_was_wrong_before() throws Exception {
    engine.faults.put("old", millis -> List.of("another bundle is stopped"));
    engine.faults.put("new", millis -> List.of("another bundle is stopped"));

    assertThat(run(POLICY)).isInstanceOf(Swap.Outcome.Done.class);
  }

  @Test
  void should_say_so_when_the_one_before_does_not_work_either() throws Exception {
    engine.refused.add("new");
    engine.refused.add("kept/io.weir.policy.jar");

    Swap.Outcome outcome = run(POLICY);

    assertThat(outcome).isInstanceOf(Swap.Outcome.Stuck.class);
    assertThat(((Swap.Outcome.Stuck) outcome).problem().sentence())
        .contains("then, with the one before, the container")
        .endsWith("it is kept in kept; see weir status");
  }

  @Test
  void should_restart_the_one_that_reads_what_was_replaced() throws Exception {
    run("io.weir.bpf");

    assertThat(engine.done)
        .containsExactly(
            "keep io.weir.bpf.jar", "replace [io.weir.bpf]", "restart io.weir.datapath");
  }

  @Test
  void should_replace_the_floor_together_and_count_from_nothing() throws Exception {
    engine.dependents.put("io.weir.linux", java.util.Set.of("io.weir.datapath"));
    engine.writes.put("policy", 10L);

    Swap.Outcome outcome = run("io.weir.linux");

    assertThat(engine.done).contains("replace [io.weir.linux] together");
    assertThat(((Swap.Outcome.Done) outcome).writes()).containsEntry("policy", 10L);
  }

  private Swap.Outcome run(String bundle) throws InterruptedException {
    SwapPlan plan =
        SwapPlan.of(List.of(new SwapPlan.Part(bundle, "1", "2", Path.of("new"))), engine);
    return new Swap(engine, plan, Path.of("kept"), changes, said::add).run(WATCH);
  }

  private static String problem(Swap.Outcome outcome) {
    assertThat(outcome).isInstanceOf(Swap.Outcome.RolledBack.class);
    return ((Swap.Outcome.RolledBack) outcome).problem().sentence();
  }
}
