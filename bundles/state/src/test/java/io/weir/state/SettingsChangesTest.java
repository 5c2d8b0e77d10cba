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
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsChangesTest {
  private static final Setting<Integer> LIMIT =
      Setting.number("limit", 5, 1, 100, "How many at once.");
  private static final Setting<Boolean> IPV6 =
      Setting.flag("enable-ipv6", true, "Whether IPv6 is on.");
  private static final String CONFIG_MAP = "ConfigMap/kube-system/cilium-config";
  private static final String TEXT = "# by hand\nlimit=7\n";
  private static final Duration QUIET = Duration.ofMillis(50);
  private static final String BUNDLE = "io.weir.test";

  @TempDir Path directory;

  private final TableStore store = new TableStore();
  private final List<Map<String, String>> told = new ArrayList<>();
  private final List<Integer> obeyed = new ArrayList<>();
  private final Epoch<SourceProblem.Key, SourceProblem> problems =
      store.table(WeirTables.SOURCE_PROBLEMS).write(Owner.of(BUNDLE));
  private final Thread changing = Thread.currentThread();
  private Path path;
  private SettingsService service;
  private SettingsChanges changes;
  private Settings.View view;

  @BeforeEach
  void start() throws Exception {
    path = directory.resolve("io.weir.cfg");
    Files.writeString(path, TEXT);
    service = new SettingsService(store, Map.of("limit", "7"));
    view = service.declare(BUNDLE, () -> obeyed.add(view.get(LIMIT)), LIMIT, IPV6);
    changes = changes(Duration.ofSeconds(20));
  }

  @AfterEach
  void stop() {
    service.stop();
  }

  @Test
  void should_be_in_force_at_once_and_kept_in_the_file() throws Exception {
    Listing listing = changes.set(values("limit", "9", "enable-ipv6", "false"));
    assertThat(view.get(LIMIT)).isEqualTo(9);
    assertThat(view.get(IPV6)).isFalse();
    assertThat(obeyed).as("applied as one").containsExactly(9);
    assertThat(Files.readString(path)).isEqualTo("# by hand\nlimit = 9\nenable-ipv6 = false\n");
    assertThat(told).containsExactly(Map.of("limit", "9", "enable-ipv6", "false"));
    assertThat(listing.complete()).isTrue();
    assertThat(listing.rows())
        .containsExactly(
            List.of("limit", "7", "9", "etc/io.weir.cfg", ""),
            List.of("enable-ipv6", "true", "false", "etc/io.weir.cfg", ""));
  }

  @Test
  void should_apply_none_where_one_is_not_understood() throws Exception {
    assertThatThrownBy(() -> changes.set(values("enable-ipv6", "false", "limit", "many")))
        .hasMessage(
            "config set: limit: expected a number from 1 to 100, got \"many\";"
                + " nothing has changed");
    assertUnchanged();
  }

  @Test
  void should_take_back_what_config_admin_does_not_deliver() throws Exception {
    changes =
        new SettingsChanges(
            store, service, new ConfigFile(path), told::add, Duration.ofSeconds(20), QUIET);
    assertThatThrownBy(() -> changes.set(values("limit", "9")))
        .hasMessageContaining("expected what was set to arrive");
    assertThat(told).containsExactly(Map.of("limit", "9"), Map.of("limit", "7"));
    assertUnchanged();
  }

  @Test
  void should_suggest_the_nearest_known_key() throws Exception {
    assertThatThrownBy(() -> changes.set(values("enable-ipv9", "false")))
        .hasMessageContaining("enable-ipv9: expected a setting that some bundle has")
        .hasMessageContaining("is it enable-ipv6 that is meant?");
    assertThatThrownBy(() -> changes.set(values("ipv6", "false")))
        .hasMessageContaining("is it enable-ipv6 that is meant?");
    assertUnchanged();
  }

  @Test
  void should_refuse_text_that_the_installer_of_files_would_read_otherwise() throws Exception {
    Setting<String> text = Setting.text("text", "", "Any.");
    service.declare(BUNDLE, () -> {}, text);
    for (String value : List.of("a${b}", "[a]", "\"x\"")) {
      assertThatThrownBy(() -> changes.set(values("text", value)))
          .hasMessageContaining("expected text without ${ and not in brackets or quotes");
    }
    assertUnchanged();
  }

  @Test
  void should_put_back_what_was_before_where_a_bundle_refuses_it() throws Exception {
    SourceProblem.Key key = new SourceProblem.Key(BUNDLE, "limit");
    try (Loop loop =
        store.loop(
            BUNDLE,
            List.of(WeirTables.SETTINGS),
            inputs -> {
              Problem problem = Problem.of("limit", "no memory for 9");
              problems.set(
                  view.get(LIMIT) == 9
                      ? Map.of(key, new SourceProblem(key, List.of(problem), List.of()))
                      : Map.of());
            })) {
      service.declare("io.weir.waker", loop::wake, LIMIT);
      assertThatThrownBy(() -> changes.set(values("limit", "9", "enable-ipv6", "false")))
          .hasMessage(
              "config set: io.weir.test: limit: no memory for 9; what was before is in force again");
    }
    assertUnchanged();
    assertThat(problems()).isZero();
  }

  @Test
  void should_put_back_what_was_before_where_a_bundle_fails_to_take_it_over() throws Exception {
    service.declare(
        "io.weir.other",
        () -> {
          if (view.get(LIMIT) == 9) {
            throw new IllegalStateException("nine is too many");
          }
        },
        LIMIT);
    assertThatThrownBy(() -> changes.set(values("limit", "9")))
        .hasMessageContaining(
            "io.weir.other: cannot take its settings over: java.lang.IllegalStateException: nine is too many")
        .hasMessageEndingWith("what was before is in force again");
    assertUnchanged();
  }

  @Test
  void should_put_back_what_was_before_where_a_step_goes_on_failing() throws Exception {
    changes = changes(Duration.ofMillis(300));
    try (Loop loop =
        store.loop(
            BUNDLE,
            List.of(),
            inputs -> {
              if (view.get(LIMIT) == 9) {
                throw new IllegalStateException("no nine");
              }
            })) {
      service.declare("io.weir.waker", loop::wake, LIMIT);
      assertThatThrownBy(() -> changes.set(values("limit", "9")))
          .hasMessageContaining("its last step failed")
          .hasMessageContaining("no nine");
      assertUnchanged();
    }
  }

  @Test
  void should_not_take_what_was_wrong_before_for_a_failure() throws Exception {
    SourceProblem.Key key = new SourceProblem.Key(BUNDLE, "a.yaml");
    problems.set(
        Map.of(key, new SourceProblem(key, List.of(Problem.of("a.yaml", "broken")), List.of())));
    changes.set(values("limit", "9"));
    assertThat(view.get(LIMIT)).isEqualTo(9);
  }

  @Test
  void should_say_that_a_config_map_wins_and_nothing_has_come_of_it() throws Exception {
    SettingSourceKey at = new SettingSourceKey("limit", CONFIG_MAP);
    Epoch<SettingSourceKey, SettingValue> configMap =
        store.table(WeirTables.SETTINGS).write(Owner.of("io.weir.manifests"));
    configMap.set(Map.of(at, new SettingValue("limit", "3", CONFIG_MAP)));
    Listing listing = changes.set(values("limit", "9"));
    assertThat(listing.complete()).isFalse();
    assertThat(listing.rows())
        .containsExactly(
            List.of(
                "limit",
                "3",
                "3",
                CONFIG_MAP,
                "no effect until "
                    + CONFIG_MAP
                    + " no longer has the key: it wins over etc/io.weir.cfg"));
    assertThat(service.listing("limit").rows())
        .containsExactly(
            List.of(CONFIG_MAP, "3", "in force"),
            List.of("etc/io.weir.cfg", "9", "overridden"),
            List.of("default", "5", "overridden"));
    assertThat(service.listing().rows().get(1).get(7)).isEqualTo("etc/io.weir.cfg: 9");
    configMap.set(Map.of());
    assertThat(store.settle(Duration.ofSeconds(20))).isTrue();
    assertThat(view.get(LIMIT)).isEqualTo(9);
  }

  @Test
  void should_wait_while_another_is_writing_the_file() throws Exception {
    Files.writeString(path, "");
    Thread writer =
        new Thread(
            () -> {
              try {
                while (changing.getState() == Thread.State.RUNNABLE) {
                  Thread.onSpinWait();
                }
                Files.writeString(path, TEXT);
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    writer.start();
    changes.set(values("enable-ipv6", "false"));
    writer.join();
    assertThat(Files.readString(path)).isEqualTo(TEXT + "enable-ipv6 = false\n");
  }

  @Test
  void should_change_nothing_where_the_file_cannot_be_written() throws Exception {
    Path blocked = Files.createDirectories(directory.resolve(".io.weir.cfg.new"));
    assertThatThrownBy(() -> changes.set(values("limit", "9")))
        .hasMessageContaining("expected a file that can be written");
    Files.delete(blocked);
    assertUnchanged();
  }

  @Test
  void should_write_the_file_only_when_bundles_obey() throws Exception {
    List<String> found = new ArrayList<>();
    service.declare(
        "io.weir.other",
        () -> {
          try {
            found.add(Files.readString(path));
          } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        },
        LIMIT);
    changes.set(values("limit", "9"));
    assertThat(found).containsExactly(TEXT);
    assertThat(Files.readString(path)).isEqualTo("# by hand\nlimit = 9\n");
  }

  @Test
  void should_keep_what_another_writes_into_the_file_meanwhile() throws Exception {
    service.declare(
        "io.weir.other",
        () -> {
          try {
            Files.writeString(path, TEXT + "other=1\n");
          } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        },
        LIMIT);
    changes.set(values("limit", "9"));
    assertThat(Files.readString(path)).isEqualTo("# by hand\nlimit = 9\nother=1\n");
    assertThat(view.get(LIMIT)).isEqualTo(9);
  }

  @Test
  void should_leave_the_installer_of_files_time_to_see_the_change_before() throws Exception {
    Duration quiet = Duration.ofMillis(400);
    changes =
        new SettingsChanges(
            store, service, new ConfigFile(path), this::deliver, Duration.ofSeconds(20), quiet);
    changes.set(values("limit", "9"));
    java.nio.file.attribute.FileTime first = Files.getLastModifiedTime(path);
    changes.set(values("limit", "10"));
    assertThat(Duration.between(first.toInstant(), Files.getLastModifiedTime(path).toInstant()))
        .isGreaterThanOrEqualTo(quiet);
  }

  @Test
  void should_take_a_key_out_so_that_the_default_is_in_force() throws Exception {
    changes.unset(List.of("limit"));
    assertThat(view.get(LIMIT)).isEqualTo(5);
    assertThat(Files.readString(path)).isEqualTo("# by hand\n");
    assertThatThrownBy(() -> changes.unset(List.of("limit")))
        .hasMessageContaining("expected a key of " + path);
  }

  private SettingsChanges changes(Duration patience) {
    return new SettingsChanges(
        store, service, new ConfigFile(path), this::deliver, patience, QUIET);
  }

  /** As Config Admin does, on another thread. */
  private void deliver(Map<String, String> values) {
    told.add(values);
    new Thread(() -> service.modified(Map.copyOf(values))).start();
  }

  private void assertUnchanged() throws Exception {
    assertThat(Files.readString(path)).isEqualTo(TEXT);
    assertThat(view.get(LIMIT)).isEqualTo(7);
    assertThat(view.get(IPV6)).isTrue();
    if (!told.isEmpty()) {
      assertThat(told.get(told.size() - 1)).isEqualTo(Map.of("limit", "7"));
    }
  }

  private int problems() {
    return store.table(WeirTables.SOURCE_PROBLEMS).snapshot().size();
  }

  private static Map<String, String> values(String... words) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < words.length; i += 2) {
      values.put(words[i], words[i + 1]);
    }
    return values;
  }
}
