package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.DropsLayout;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The programs against {@link FlowModel}, for {@code weir.steps} (100,000 unless set) in stories of
 * 1,000, each with a seed of its own from {@code weir.seed} (1 unless set) on. A failure names its
 * seed, which brings the story back as the first, and as few of its steps as are needed.
 */
@NeedsRoot
@NeedsKernel("veth")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FlowModelKernelTest {
  private static final int STORY = 1000;
  private static final Duration SHORTENING = Duration.ofSeconds(20);

  private TestNode node;
  private FlowRun run;

  @BeforeAll
  void open() {
    node = new TestNode("model");
    List<Pod> pods = new ArrayList<>();
    for (int i = 1; i <= FlowStep.Generator.PODS; i++) {
      pods.add(node.pod(i, FlowModel.identity(i, false)));
    }
    node.put();
    run = new FlowRun(node, pods);
  }

  @AfterAll
  void close() {
    node.close();
  }

  @Test
  void should_do_as_the_model_does_whatever_comes() {
    long seed = Long.getLong("weir.seed", 1);
    int stories = Math.max(1, Integer.getInteger("weir.steps", 100_000) / STORY);
    node.linux.namespaces().call(node.netns.path(), () -> tell(seed, stories));
    assertThat(dropped()).as("each drop was told").isEqualTo(new TreeMap<>(run.dropped));
  }

  /** Of one entry the model does not learn that it has gone; the other steps have no say. */
  @Test
  void should_find_the_few_steps_that_a_failure_needs() {
    List<FlowStep> steps = new ArrayList<>(FlowStep.Generator.steps(7, 200));
    FlowModel.Key key = new FlowModel.Key(false, Packet.UDP, 1, 50_000, 2, 53);
    FlowStep asked = new FlowStep.Meet(new FlowModel.Send(key, 0, 1, false, false));
    steps.add(0, asked);
    steps.add(170, new FlowStep.Lose(key));
    List<FlowStep> fewest =
        node.linux
            .namespaces()
            .call(node.netns.path(), () -> shortest(steps, run.all(steps).orElseThrow()));
    assertThat(fewest).containsExactly(asked, new FlowStep.Lose(key));
  }

  private Void tell(long seed, int stories) {
    for (long story = seed; story < seed + stories; story++) {
      List<FlowStep> steps = FlowStep.Generator.steps(story, STORY);
      Optional<FlowRun.Failure> failure = run.all(steps);
      if (failure.isPresent()) {
        throw new AssertionError(
            "%s%nagain with -Dweir.seed=%d; the steps that it needs:%n%s"
                .formatted(failure.get().what(), story, shown(shortest(steps, failure.get()))));
      }
    }
    return null;
  }

  /** Without the steps that the failure, or another, does not need. */
  private List<FlowStep> shortest(List<FlowStep> steps, FlowRun.Failure failure) {
    List<FlowStep> fewest = steps.subList(0, failure.step() + 1);
    long end = System.nanoTime() + SHORTENING.toNanos();
    for (int piece = fewest.size() / 2; piece > 0; piece = piece == 1 ? 0 : (piece + 1) / 2) {
      for (int from = 0; from < fewest.size() && System.nanoTime() < end; ) {
        List<FlowStep> fewer = new ArrayList<>(fewest.subList(0, from));
        fewer.addAll(fewest.subList(Math.min(fewest.size(), from + piece), fewest.size()));
        Optional<FlowRun.Failure> again = run.all(fewer);
        if (again.isPresent()) {
          fewest = fewer.subList(0, again.get().step() + 1);
        } else {
          from += piece;
        }
      }
    }
    return fewest;
  }

  /** And what goes wrong in the end. */
  private String shown(List<FlowStep> steps) {
    return steps.stream().map(FlowStep::toString).collect(Collectors.joining("\n"))
        + "\n"
        + run.all(steps).map(FlowRun.Failure::what).orElse("does not fail again");
  }

  private Map<Integer, Long> dropped() {
    Map<Integer, Long> all = new TreeMap<>();
    node.kernel
        .map("drops")
        .forEach(
            (key, values) -> {
              for (int at = 0; at < values.length; at += DropsLayout.SIZE) {
                long packets = DropsLayout.packets(values, at);
                if (packets != 0) {
                  all.merge(Revisions.number(key) / 2, packets, Long::sum);
                }
              }
            });
    return all;
  }
}
