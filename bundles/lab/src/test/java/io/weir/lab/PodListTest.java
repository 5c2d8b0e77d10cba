package io.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PodListTest {
  private final LabState state =
      new LabState(
          "lab",
          "/home",
          "/cg",
          List.of(),
          List.of(),
          List.of(
              pod("default", "xwing", ""),
              pod("default", "web-1-b", "web"),
              pod("default", "web-1-a", "web"),
              pod("kube-system", "dns-1-x", "dns"),
              pod("one", "twin", ""),
              pod("two", "twin", "")));

  @Test
  void should_find_a_pod_by_each_of_its_names() {
    assertThat(find("xwing").key()).isEqualTo("default/xwing");
    assertThat(find("kube-system/dns-1-x").key()).isEqualTo("kube-system/dns-1-x");
    assertThat(find("dns-1-x").key()).isEqualTo("kube-system/dns-1-x");
    assertThat(find("deploy/web").key()).isEqualTo("default/web-1-a");
    assertThat(find("deploy/dns").key()).isEqualTo("kube-system/dns-1-x");
    assertThat(find("deploy/kube-system/dns").key()).isEqualTo("kube-system/dns-1-x");
    assertThat(PodList.find(state, "twin", "two").key()).isEqualTo("two/twin");
  }

  @Test
  void should_refuse_what_names_two_pods_or_none() {
    assertThatThrownBy(() -> find("twin"))
        .hasMessage(
            "lab lab: expected one pod called twin, got one/twin, two/twin;"
                + " name its namespace: NAMESPACE/NAME");
    assertThatThrownBy(() -> find("nosuch"))
        .hasMessage("lab lab: expected one of its pods, got \"nosuch\"; weir lab pods");
  }

  @Test
  void should_print_a_table_and_rows_for_programs() {
    LabState one =
        new LabState("lab", "", "", List.of(), List.of(), List.of(pod("default", "xwing", "")));

    assertThat(new PodList(one, pod -> true).table())
        .isEqualTo(
            """
            NAMESPACE  NAME   NODE  STATE    ADDRESSES         IMAGE
            default    xwing  n1    running  10.0.0.2 fd00::2  i
            """);
    assertThat(new PodList(one, pod -> false).json())
        .contains("\"state\": \"ended\"", "\"addresses\": [\n      \"10.0.0.2\"");
  }

  private LabState.Pod find(String which) {
    return PodList.find(state, which, "");
  }

  private static LabState.Pod pod(String namespace, String name, String owner) {
    return new LabState.Pod(
        namespace,
        name,
        "n1",
        owner,
        "i",
        List.of("sleep"),
        "c",
        LabState.Phase.RUNNING,
        1,
        2,
        List.of("10.0.0.2", "fd00::2"));
  }
}
