package io.weir.linux;

import io.weir.api.Problem;
import java.util.List;

/**
 * What this kernel has and lacks.
 *
 * @param release {@code 6.18.44-amd64}
 * @param problems why nothing can work here; empty where it can
 * @param features what can be done without, at a cost
 */
public record KernelReport(String release, List<Problem> problems, List<Feature> features) {
  public KernelReport {
    problems = List.copyOf(problems);
    features = List.copyOf(features);
  }

  /** Those that are lacking. */
  public List<Feature> lacking() {
    return features.stream().filter(feature -> !feature.present()).toList();
  }

  public boolean has(String name) {
    return features.stream().anyMatch(feature -> feature.name().equals(name) && feature.present());
  }

  /**
   * Something a kernel may have.
   *
   * @param name {@code tcx}
   * @param why what was found, where that is not clear from {@code present}; or empty
   * @param cost to the user where it is lacking, as a clause
   */
  public record Feature(String name, boolean present, String why, String cost) {}
}
