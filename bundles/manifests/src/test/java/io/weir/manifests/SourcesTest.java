package io.weir.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.ResourceKey;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SourcesTest {
  private static final ResourceKey RULE = Texts.key("CiliumNetworkPolicy", "rule");
  private static final ResourceKey OTHER = Texts.key("CiliumNetworkPolicy", "other");

  private final Sources sources = new Sources(Map.of());

  @Test
  void a_bad_document_keeps_its_last_good_version_and_says_so() {
    sources.put("a.yaml", Texts.read("a.yaml", Texts.policy("rule", "80")));
    var before = sources.resolve();
    sources.put("a.yaml", Texts.read("a.yaml", Texts.policy("rule", "http!")));
    var after = sources.resolve();
    assertThat(after.written()).isEqualTo(before.written()).hasSize(1);
    assertThat(Texts.sentences(after.refusals().get("a.yaml")))
        .singleElement()
        .asString()
        .endsWith("got \"http!\"; its last good version stays in force");
    sources.put("a.yaml", Texts.read("a.yaml", Texts.policy("rule", "81")));
    assertThat(sources.resolve().refusals()).isEmpty();
    assertThat(sources.resolve().written()).isNotEqualTo(before.written());
  }

  @Test
  void a_bad_document_that_was_never_good_is_not_there() {
    sources.put(
        "a.yaml", Texts.read("a.yaml", Texts.policy("rule", "http!"), Texts.policy("other", "80")));
    assertThat(sources.resolve().written()).containsOnlyKeys(OTHER);
  }

  @Test
  void a_document_whose_name_cannot_be_read_keeps_what_its_file_gave() {
    sources.put(
        "a.yaml", Texts.read("a.yaml", Texts.policy("rule", "80"), Texts.policy("other", "80")));
    sources.resolve();
    sources.put("a.yaml", Texts.read("a.yaml", "kind: [\n", Texts.policy("other", "81")));
    assertThat(sources.resolve().written()).containsOnlyKeys(RULE, OTHER);
    sources.put("a.yaml", Texts.read("a.yaml", Texts.policy("other", "81")));
    assertThat(sources.resolve().written()).containsOnlyKeys(OTHER);
  }

  @Test
  void a_file_that_goes_takes_its_resources() {
    sources.put("a.yaml", Texts.read("a.yaml", Texts.policy("rule", "80")));
    sources.resolve();
    sources.remove("a.yaml");
    assertThat(sources.resolve().written()).isEmpty();
    sources.put("a.yaml", Texts.read("a.yaml", Texts.policy("rule", "http!")));
    assertThat(sources.resolve().written()).isEmpty();
  }

  @Test
  void of_two_files_the_first_wins_and_what_was_applied_comes_last() {
    String applied = "applied/ciliumnetworkpolicy/default/rule.yaml";
    sources.put(applied, Texts.read(applied, Texts.policy("rule", "80")));
    sources.put("b.yaml", Texts.read("b.yaml", Texts.policy("rule", "81")));
    var resolved = sources.resolve();
    assertThat(resolved.files()).containsExactly(Map.entry(RULE, "b.yaml"));
    assertThat(resolved.written().get(RULE).origin().source()).isEqualTo("b.yaml");
    assertThat(Texts.sentences(resolved.refusals().get(applied)))
        .containsExactly(
            applied
                + ":1: CiliumNetworkPolicy/default/rule: expected each resource once, got one that"
                + " b.yaml:1 defines, and wins; take one of the two away");
    sources.remove("b.yaml");
    assertThat(sources.resolve().files()).containsExactly(Map.entry(RULE, applied));
  }

  @Test
  void what_was_good_before_a_restart_still_is() {
    sources.put("a.yaml", Texts.read("a.yaml", Texts.policy("rule", "80")));
    var before = sources.resolve();
    Sources after = new Sources(sources.good());
    after.put("a.yaml", Texts.read("a.yaml", Texts.policy("rule", "http!")));
    assertThat(after.resolve().written()).isEqualTo(before.written());
  }

  @Test
  void a_file_that_cannot_be_read_yet_gives_what_it_gave_before_a_restart() {
    sources.put("a.yaml", Texts.read("a.yaml", Texts.policy("rule", "80")));
    var before = sources.resolve();
    Sources after = new Sources(sources.good());
    after.unread("a.yaml");
    assertThat(after.resolve().written()).isEqualTo(before.written());
    after.put("a.yaml", Texts.read("a.yaml", Texts.policy("rule", "81")));
    after.unread("a.yaml");
    assertThat(after.resolve().written()).isNotEqualTo(before.written());
  }
}
