package io.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodPlanTest {
  private static final List<String> RUNS = List.of("sleep", "infinity");

  @Test
  void should_make_what_is_wanted_and_not_there() {
    PodPlan plan = plan(List.of(), spec("a", "i"), spec("b", "i"));

    assertThat(plan.make()).extracting(PodSpec::name).containsExactly("a", "b");
    assertThat(plan.remove()).isEmpty();
  }

  @Test
  void should_leave_alone_what_runs_as_wanted() {
    PodPlan plan = plan(List.of(pod("a", "i", RUNS, LabState.Phase.RUNNING)), spec("a", "i"));

    assertThat(plan.make()).isEmpty();
    assertThat(plan.remove()).isEmpty();
  }

  @Test
  void should_remove_what_nobody_wants() {
    PodPlan plan = plan(List.of(pod("a", "i", RUNS, LabState.Phase.RUNNING)));

    assertThat(plan.remove()).extracting(LabState.Pod::name).containsExactly("a");
  }

  @Test
  void should_make_anew_what_was_left_half_made_or_runs_something_else() {
    PodPlan plan =
        plan(
            List.of(
                pod("half", "i", RUNS, LabState.Phase.MAKING),
                pod("image", "old", RUNS, LabState.Phase.RUNNING),
                pod("command", "i", List.of("sh"), LabState.Phase.RUNNING)),
            spec("half", "i"),
            spec("image", "i"),
            spec("command", "i"));

    assertThat(plan.remove()).hasSize(3);
    assertThat(plan.make()).hasSize(3);
  }

  @Test
  void should_take_a_pod_of_another_namespace_for_another() {
    PodPlan plan =
        plan(List.of(pod("a", "i", RUNS, LabState.Phase.RUNNING)), spec("other", "a", "i"));

    assertThat(plan.remove()).hasSize(1);
    assertThat(plan.make()).hasSize(1);
  }

  private static PodPlan plan(List<LabState.Pod> have, PodSpec... want) {
    return PodPlan.of(have, List.of(want), spec -> RUNS);
  }

  private static PodSpec spec(String name, String image) {
    return spec("default", name, image);
  }

  private static PodSpec spec(String namespace, String name, String image) {
    return PodSpec.parse(
        JsonParser.parseString(
                """
                {"metadata": {"namespace": "%s", "name": "%s"}, "spec": {"containers": [{"image": "%s"}]}}
                """
                    .formatted(namespace, name, image))
            .getAsJsonObject());
  }

  static LabState.Pod pod(String name, String image, List<String> command, LabState.Phase phase) {
    return new LabState.Pod("default", name, "n1", "", image, command, "c", phase, 1, 2, List.of());
  }
}
