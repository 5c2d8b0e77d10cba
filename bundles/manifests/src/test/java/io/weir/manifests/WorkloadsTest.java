package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WorkloadsTest {
  @Test
  void a_deployment_becomes_a_replica_set_and_pods_with_names_like_those_of_Kubernetes() {
    List<Resource> all = expand(Texts.deployment("deathstar", 2, "starwars:v2"));
    assertThat(all).extracting(r -> r.key().kind()).containsExactly("ReplicaSet", "Pod", "Pod");
    Resource set = all.get(0);
    assertThat(set.key().name()).matches("deathstar-[bcdfghjklmnpqrstvwxz2456789]{10}");
    assertThat(all.subList(1, 3))
        .allSatisfy(pod -> assertThat(pod.key().name()).matches(set.key().name() + "-[a-z2-9]{5}"));
    String hash = set.key().name().substring("deathstar-".length());
    Resource pod = all.get(1);
    assertThat(pod.labels())
        .isEqualTo(Map.of("app", "deathstar", "tier", "front", "pod-template-hash", hash));
    assertThat(pod.annotations()).isEqualTo(Map.of("note", "x"));
    assertThat(pod.origin()).isEqualTo(Resource.Origin.derived(set.key().toString()));
    Map<?, ?> owner =
        (Map<?, ?>)
            ((List<?>) ((Map<?, ?>) pod.body().get("metadata")).get("ownerReferences")).get(0);
    assertThat(owner.get("kind")).isEqualTo("ReplicaSet");
    assertThat(owner.get("name")).isEqualTo(set.key().name());
    Map<String, Object> spec = Body.fields(set.body(), "spec");
    assertThat(Body.fields(spec, "selector", "matchLabels"))
        .containsEntry("pod-template-hash", hash);
    assertThat(Body.fields(spec, "template", "metadata", "labels"))
        .containsEntry("pod-template-hash", hash);
  }

  @Test
  void names_are_the_same_at_every_start() {
    assertThat(expand(Texts.deployment("deathstar", 2, "starwars:v2")))
        .extracting(r -> r.key().name())
        .containsExactly(
            "deathstar-9w2pmztmz8", "deathstar-9w2pmztmz8-dz8hr", "deathstar-9w2pmztmz8-qpjqh");
  }

  @Test
  void other_replicas_leave_the_pods_that_are_there() {
    List<ResourceKey> two = keys(Texts.deployment("d", 2, "i"));
    assertThat(keys(Texts.deployment("d", 5, "i"))).startsWith(two.toArray(ResourceKey[]::new));
    assertThat(keys(Texts.deployment("d", 1, "i"))).isEqualTo(two.subList(0, 2));
    assertThat(keys(Texts.deployment("d", 0, "i"))).isEqualTo(two.subList(0, 1));
  }

  @Test
  void another_template_is_another_set_with_other_pods() {
    Set<ResourceKey> before = new HashSet<>(keys(Texts.deployment("d", 3, "i:1")));
    assertThat(keys(Texts.deployment("d", 3, "i:2"))).doesNotContainAnyElementsOf(before);
  }

  @Test
  void the_order_of_fields_makes_no_other_template() {
    String text = Texts.deployment("d", 1, "i");
    assertThat(keys(text.replace("{name: c, image: i}", "{image: i, name: c}")))
        .isEqualTo(keys(text));
  }

  @Test
  void many_replicas_have_distinct_names_of_at_most_63_letters() {
    List<ResourceKey> keys = keys(Texts.deployment("d".repeat(60), 2000, "i"));
    assertThat(new HashSet<>(keys)).hasSize(2001);
    assertThat(keys.subList(1, 2001)).allSatisfy(k -> assertThat(k.name()).hasSizeLessThan(64));
  }

  @Test
  void a_replica_set_of_the_users_has_pods_too() {
    Resource set = Texts.only(Texts.deployment("d", 2, "i").replace("Deployment", "ReplicaSet"));
    List<Resource> pods = Workloads.expand(set);
    assertThat(pods).hasSize(2);
    assertThat(pods.get(0).key().name()).matches("d-[a-z2-9]{5}");
    assertThat(pods.get(0).labels()).doesNotContainKey("pod-template-hash");
  }

  private static List<Resource> expand(String text) {
    return Workloads.expand(Texts.only(text));
  }

  private static List<ResourceKey> keys(String text) {
    return expand(text).stream().map(Resource::key).toList();
  }
}
