package io.weir.itests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** A node under {@link Load}, to which something is done that nobody is to notice. */
final class LoadedNode implements AutoCloseable {
  private final Lab lab;
  private final Load.Pods pods;

  /**
   * @param lab is up
   * @param directory for the compiled program
   */
  LoadedNode(Lab lab, Path directory) throws IOException {
    this.lab = lab;
    pods = new Load.Pods(lab, directory);
  }

  /** What is done to a bundle. */
  interface Act {
    void run() throws Exception;
  }

  /**
   * Does it, and proves that neither packets nor events are lost, nothing is written, no class
   * kept.
   */
  void assertNothingLost(String bundle, Act act) throws Exception {
    lab.awaitInForce();
    Map<String, String> rows = rows();
    Map<String, Long> written = metric("weir_map_writes_total");
    Map<String, Long> lost = metric("weir_flow_events_lost_total");
    Map<String, Long> told = metric("weir_flow_events_total");
    Load.Figures figures;
    try (Load load = pods.start()) {
      load.awaitMore(100);
      long begin = System.nanoTime();
      act.run();
      lab.awaitInForce();
      load.awaitMore(100);
      System.out.println(bundle + ": " + (System.nanoTime() - begin) / 1_000_000 + " ms in all");
      figures = load.end();

      figures.assertNothingIsLost(bundle);
      assertThat(figures.connectRetransmits()).as("of connections, %s", figures).isZero();
    }
    assertThat(rows()).as("rows of each table, and whose they are").isEqualTo(rows);
    Map<String, Long> after = metric("weir_map_writes_total");
    // New classes count from 0.
    assertThat(after).as("writes to maps").isEqualTo(counted(after) == 0 ? Map.of() : written);
    assertThat(metric("weir_flow_events_lost_total")).isEqualTo(lost);
    assertToldExactly(figures, told);
    Loaders.assertOldOnesAreCollected(lab, bundle);
  }

  /**
   * Each connection was told to be opened, and to be reset, once; besides, stream and datagrams.
   */
  private void assertToldExactly(Load.Figures figures, Map<String, Long> before) {
    long opened = figures.connections() + 2;
    long reset = figures.connections();
    Wait.until(
        () -> opened + " flows told to be opened: " + more(before, "opened"),
        () -> more(before, "opened") >= opened);
    Wait.until(
        () -> reset + " flows told to be reset: " + more(before, "reset"),
        () -> more(before, "reset") >= reset);
    assertThat(more(before, "opened")).as("flows told to be opened").isEqualTo(opened);
    assertThat(more(before, "reset")).as("flows told to be reset").isEqualTo(reset);
  }

  private long more(Map<String, Long> before, String type) {
    String labels = "{\"type\":\"" + type + "\"}";
    return metric("weir_flow_events_total").getOrDefault(labels, 0L)
        - before.getOrDefault(labels, 0L);
  }

  /** A command of the container's own console. */
  void container(String command) {
    Run.Ended ended = lab.tryWeir(command + "\nexit\n", "shell");
    assertThat(ended.told()).contains(command.substring(0, 4)).doesNotContain("Error");
  }

  private Map<String, String> rows() {
    return lab.rows("tables").stream()
        .collect(
            Collectors.toMap(
                row -> row.get("table").getAsString(),
                row -> row.get("rows") + " of " + row.get("owners")));
  }

  private static long counted(Map<String, Long> values) {
    return values.values().stream().mapToLong(Long::longValue).sum();
  }

  private Map<String, Long> metric(String name) {
    return lab.rows("metrics", name).stream()
        .filter(row -> row.get("value").getAsLong() != 0)
        .collect(
            Collectors.toMap(
                row -> row.get("labels").toString(), row -> row.get("value").getAsLong()));
  }

  @Override
  public void close() {
    pods.close();
  }
}
