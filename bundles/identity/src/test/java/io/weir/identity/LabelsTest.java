package io.weir.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelsTest {
  @ParameterizedTest
  @CsvSource({
    "k8s:app, true",
    "k8s:app.kubernetes.io/name, true",
    "k8s:io.kubernetes.pod.namespace, true",
    "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name, true",
    "k8s:io.cilium.k8s.policy.serviceaccount, true",
    "reserved:init, true",
    "k8s:pod-template-hash, false",
    "k8s:controller-revision-hash, false",
    "k8s:statefulset.kubernetes.io/pod-name, false",
    "k8s:apps.kubernetes.io/pod-index, false",
    "k8s:batch.kubernetes.io/controller-uid, false",
    "k8s:kubernetes.io/arch, false",
    "k8s:failure-domain.beta.kubernetes.io/zone, false",
  })
  void should_leave_out_what_differs_from_pod_to_pod(String label, boolean kept) {
    assertThat(keeps("", label)).isEqualTo(kept);
  }

  @Test
  void should_keep_only_what_is_included_as_soon_as_something_is() {
    assertThat(keeps("k8s:app", "k8s:app")).isTrue();
    assertThat(keeps("k8s:app", "k8s:tier")).isFalse();
    assertThat(keeps("k8s:app", "k8s:io.kubernetes.pod.namespace")).isTrue();
    assertThat(keeps("!tier", "k8s:app")).isTrue();
    assertThat(keeps("!tier", "k8s:tier")).isFalse();
    assertThat(keeps("app !app\\.secret", "k8s:app.secret")).isFalse();
    assertThat(keeps("app\\.secret\\.but !app\\.secret", "k8s:app.secret.but")).isTrue();
    assertThat(keeps("other:app", "k8s:app")).isFalse();
  }

  @Test
  void should_refuse_what_is_no_pattern() {
    assertThatThrownBy(() -> LabelFilter.parse("a [")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LabelFilter.parse("!k8s:"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void should_let_no_pod_say_itself_where_it_belongs() {
    Resource pod =
        resource(
            "Pod",
            "default",
            "p",
            Map.of(
                "app", "x",
                "io.kubernetes.pod.namespace", "kube-system",
                "io.cilium.k8s.namespace.labels.colour", "red",
                "io.cilium.k8s.policy.serviceaccount", "root"),
            Map.of("spec", Map.of("serviceAccountName", "sa")));
    Resource namespace =
        resource(
            "Namespace",
            "",
            "default",
            Map.of("team", "blue", "kubernetes.io/metadata.name", "kube-system"),
            Map.of());
    assertThat(PodLabels.of(pod, Optional.of(namespace), "c1"))
        .containsOnly(
            Map.entry("k8s:app", "x"),
            Map.entry("k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name", "default"),
            Map.entry("k8s:io.cilium.k8s.namespace.labels.team", "blue"),
            Map.entry("k8s:io.cilium.k8s.policy.cluster", "c1"),
            Map.entry("k8s:io.cilium.k8s.policy.serviceaccount", "sa"),
            Map.entry("k8s:io.kubernetes.pod.namespace", "default"));
  }

  @Test
  void should_give_the_reserved_identities_their_numbers() {
    String[] names = {
      "host",
      "world",
      "unmanaged",
      "health",
      "init",
      "remote-node",
      "kube-apiserver",
      "ingress",
      "world-ipv4",
      "world-ipv6"
    };
    for (int i = 0; i < names.length; i++) {
      assertThat(Reserved.identities(false).get(i + 1).labels().keySet())
          .isEqualTo(Set.of("reserved:" + names[i]));
    }
    assertThat(Reserved.identities(false)).hasSize(names.length);
    assertThat(Reserved.identities(true).get(1).labels().keySet())
        .isEqualTo(Set.of("reserved:host", "reserved:kube-apiserver"));
  }

  @Test
  void should_read_durations_as_cilium_config_writes_them() {
    assertThat(Patience.parse("30m0s")).isEqualTo(Duration.ofMinutes(30));
    assertThat(Patience.parse("1h1m1s1ms")).isEqualTo(Duration.ofMillis(3_661_001));
    assertThat(Patience.parse("0")).isEqualTo(Duration.ZERO);
    assertThatThrownBy(() -> Patience.parse("30")).isInstanceOf(IllegalArgumentException.class);
  }

  private static boolean keeps(String filter, String label) {
    return LabelFilter.parse(filter).keep(Map.of(label, "v")).containsKey(label);
  }

  private static Resource resource(
      String kind,
      String namespace,
      String name,
      Map<String, String> labels,
      Map<String, Object> body) {
    return new Resource(
        new ResourceKey(kind, namespace, name),
        "v1",
        labels,
        Map.of(),
        body,
        Resource.Origin.derived("test"));
  }
}
