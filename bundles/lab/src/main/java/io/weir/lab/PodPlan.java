package io.weir.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What is to be removed and what to be made, so that the pods are those that the engine wants. */
record PodPlan(List<LabState.Pod> remove, List<PodSpec> make) {

  /**
   * A pod that was left half made, or whose image or command is another now, is removed and made
   * anew. Labels are the engine's concern: they change on the running pod.
   *
   * @param runs what a pod is to run
   */
  static PodPlan of(
      List<LabState.Pod> have, List<PodSpec> want, Function<PodSpec, List<String>> runs) {
    Map<String, PodSpec> wanted =
        want.stream().collect(Collectors.toMap(PodSpec::key, Function.identity(), (a, b) -> b));
    List<LabState.Pod> remove = new ArrayList<>();
    List<String> stay = new ArrayList<>();
    for (LabState.Pod pod : have) {
      PodSpec spec = wanted.get(pod.key());
      boolean good =
          spec != null
              && pod.phase() == LabState.Phase.RUNNING
              && pod.image().equals(spec.image())
              && pod.command().equals(runs.apply(spec));
      if (good) {
        stay.add(pod.key());
      } else {
        remove.add(pod);
      }
    }
    return new PodPlan(
        List.copyOf(remove), want.stream().filter(spec -> !stay.contains(spec.key())).toList());
  }
}
