package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.api.row.SettingValue;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.row.WeirTables.SettingSourceKey;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SettingsServiceTest {
  private static final Setting<Integer> LIMIT =
      Setting.number("limit", 5, 1, 100, "How many at once.");
  private static final Setting<Boolean> IPV6 =
      Setting.flag("enable-ipv6", true, "Whether IPv6 is on.");
  private static final String CONFIG_MAP = "ConfigMap/kube-system/cilium-config";
  private static final Owner MANIFESTS = Owner.of("io.weir.manifests");

  private final TableStore store = new TableStore();
  private final SettingsService service =
      new SettingsService(
          store,
          Map.of("enable-ipv6", "false", "service.pid", "io.weir", "felix.fileinstall.x", "y"));
  private final Epoch<SettingSourceKey, SettingValue> configMap =
      store.table(WeirTables.SETTINGS).write(MANIFESTS);
  private final AtomicInteger changes = new AtomicInteger();
  private final Settings.View view =
      service.declare("io.weir.test", changes::incrementAndGet, LIMIT, IPV6);

  @AfterEach
  void stop() {
    service.stop();
  }

  @Test
  void should_have_the_value_of_the_file_or_else_the_default() {
    assertThat(view.get(LIMIT)).isEqualTo(5);
    assertThat(view.get(IPV6)).isFalse();
  }

  @Test
  void should_take_a_changed_file_over_at_run_time_and_say_so() throws Exception {
    service.modified(Map.of("limit", "7"));
    settle();
    assertThat(view.get(LIMIT)).isEqualTo(7);
    assertThat(view.get(IPV6)).isTrue();
    assertThat(changes).hasValue(1);
    service.modified(Map.of("limit", "7", "another", "x"));
    settle();
    assertThat(changes).as("nothing declared here has changed").hasValue(1);
  }

  @Test
  void should_let_the_config_map_win() throws Exception {
    configMap.set(rows("enable-ipv6", "true"));
    settle();
    assertThat(view.get(IPV6)).isTrue();
    configMap.set(Map.of());
    settle();
    assertThat(view.get(IPV6)).isFalse();
  }

  @Test
  void should_keep_the_last_good_value_and_say_what_is_wrong() throws Exception {
    service.modified(Map.of("limit", "7"));
    settle();
    service.modified(Map.of("limit", "many"));
    settle();
    assertThat(view.get(LIMIT)).isEqualTo(7);
    assertThat(changes).hasValue(1);
    assertThat(problems().get(SettingsService.FILE).refusals())
        .extracting(Problem::sentence)
        .containsExactly("etc/io.weir.cfg: limit: expected a number from 1 to 100, got \"many\"");
    assertThat(line("limit"))
        .containsExactly(
            "limit",
            "7",
            "5",
            "etc/io.weir.cfg",
            "io.weir.test",
            "How many at once. (a number from 1 to 100)",
            "etc/io.weir.cfg: limit: expected a number from 1 to 100, got \"many\"",
            "");
    assertThat(service.listing().complete()).isFalse();
    service.modified(Map.of());
    settle();
    assertThat(view.get(LIMIT)).as("nothing is written any more").isEqualTo(5);
    assertThat(problems()).isEmpty();
  }

  @Test
  void should_keep_the_last_good_value_while_the_bundle_is_replaced() throws Exception {
    service.modified(Map.of("limit", "7"));
    settle();
    service.modified(Map.of("limit", "many"));
    settle();
    view.close();
    Setting<Integer> same = Setting.number("limit", 5, 1, 100, "How many at once.");
    Settings.View successor = service.declare("io.weir.test", () -> {}, same);
    assertThat(successor.get(same)).isEqualTo(7);
  }

  @Test
  void should_warn_of_keys_that_nobody_has() throws Exception {
    configMap.set(rows("enable-ipv9", "true"));
    settle();
    SourceProblem problem = problems().get(CONFIG_MAP);
    assertThat(problem.refusals()).isEmpty();
    String sentence =
        "ConfigMap/kube-system/cilium-config: enable-ipv9: expected a setting that some bundle has, got an unknown one; is it enable-ipv6 that is meant?";
    assertThat(problem.warnings()).extracting(Problem::sentence).containsExactly(sentence);
    assertThat(line("enable-ipv9"))
        .containsExactly("enable-ipv9", "true", "", CONFIG_MAP, "", "", sentence, "");
    assertThat(service.listing().complete()).isTrue();
  }

  @Test
  void should_not_warn_of_a_key_whose_bundle_is_away_for_a_while() throws Exception {
    view.close();
    settle();
    assertThat(problems()).isEmpty();
    assertThat(service.listing().rows()).isEmpty();
  }

  @Test
  void should_list_a_setting_of_two_bundles_once() {
    service.declare("io.weir.other", () -> {}, IPV6);
    assertThat(line("enable-ipv6").get(4)).isEqualTo("io.weir.other io.weir.test");
  }

  @Test
  void should_refuse_a_setting_that_was_not_declared() {
    Setting<String> other = Setting.text("other", "", "Another.");
    assertThatThrownBy(() -> view.get(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("setting other: not declared with this view of io.weir.test");
  }

  private void settle() throws InterruptedException {
    assertThat(store.settle(Duration.ofSeconds(20))).isTrue();
  }

  private Map<String, SourceProblem> problems() {
    Map<String, SourceProblem> bySource = new HashMap<>();
    for (Row<SourceProblem.Key, SourceProblem> row :
        store.table(WeirTables.SOURCE_PROBLEMS).snapshot().rows()) {
      bySource.put(row.key().source(), row.value());
    }
    return bySource;
  }

  private List<Object> line(String key) {
    Listing listing = service.listing();
    return listing.rows().stream().filter(row -> row.get(0).equals(key)).findAny().orElseThrow();
  }

  private static Map<SettingSourceKey, SettingValue> rows(String key, String value) {
    return Map.of(new SettingSourceKey(key, CONFIG_MAP), new SettingValue(key, value, CONFIG_MAP));
  }
}
