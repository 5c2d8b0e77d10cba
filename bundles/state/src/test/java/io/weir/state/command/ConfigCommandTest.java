package io.weir.state.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.Listing;
import io.weir.api.Setting;
import io.weir.api.StateFiles;
import io.weir.state.SettingsChanges;
import io.weir.state.SettingsService;
import io.weir.state.StateDirectory;
import io.weir.state.TableStore;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

class ConfigCommandTest {
  private static final Setting<Integer> LIMIT =
      Setting.number("limit", 5, 1, 100, "How many at once.");

  @TempDir Path base;

  private final TableStore store = new TableStore();
  private final SettingsService settings =
      new SettingsService(store, Map.of("limit", "7", "enable-wireguard", "true"));
  private final List<Dictionary<String, Object>> updates = new ArrayList<>();
  private SettingsChanges changes;

  @BeforeEach
  void start() throws Exception {
    Files.createDirectories(base.resolve("etc"));
    Files.writeString(base.resolve("etc/io.weir.cfg"), "limit=7\nenable-wireguard=true\n");
    age();
    StateFiles files = new StateDirectory(new StateFiles.Places("n1", base, base, base));
    changes = new SettingsChanges(store, settings, files, configAdmin());
    settings.declare("io.weir.test", () -> {}, LIMIT);
  }

  @Test
  void should_set_and_get_and_unset() throws Exception {
    assertThat(run("set", "limit=9").rows())
        .containsExactly(List.of("limit", "7", "9", "etc/io.weir.cfg", ""));
    assertThat(base.resolve("etc/io.weir.cfg"))
        .content()
        .isEqualTo("limit = 9\nenable-wireguard=true\n");
    assertThat(run("get", "limit").rows())
        .containsExactly(
            List.of("etc/io.weir.cfg", "9", "in force"), List.of("default", "5", "overridden"));
    age();
    run("unset", "limit");
    assertThat(base.resolve("etc/io.weir.cfg")).content().isEqualTo("enable-wireguard=true\n");
    assertThat(run("get", "limit").rows()).containsExactly(List.of("default", "5", "in force"));
  }

  @Test
  void should_tell_config_admin_the_same_and_leave_what_is_its_own() throws Exception {
    run("set", "limit=9");
    assertThat(updates).hasSize(1);
    assertThat(updates.get(0).get("limit")).isEqualTo("9");
    assertThat(updates.get(0).get("service.pid")).isEqualTo("io.weir");
    assertThat(updates.get(0).get("old")).isNull();
    assertThat(updates.get(0).get("felix.fileinstall.filename"))
        .as("with it the installer of files would write the file, too")
        .isNull();
  }

  @Test
  void should_list_keys_that_no_bundle_has_wherever_the_option_stands() throws Exception {
    Listing expected = ConfigCommand.execute(settings, changes, List.of("list"), true);
    assertThat(run("list", "--unknown")).isEqualTo(expected);
    assertThat(expected.rows())
        .containsExactly(
            List.of(
                "enable-wireguard",
                "true",
                "etc/io.weir.cfg",
                "warning",
                "not supported; nothing is encrypted between nodes"));
  }

  @Test
  void should_not_take_words_that_it_does_not_understand() {
    for (String[] words :
        List.of(
            new String[] {"set"},
            new String[] {"get"},
            new String[] {"get", "a", "b"},
            new String[] {"unset"},
            new String[] {"list", "x"},
            new String[] {"reset"})) {
      assertThatThrownBy(() -> run(words))
          .hasMessageStartingWith("config: expected list [--unknown], get KEY, set KEY=VALUE ...");
    }
    for (String word : List.of("limit", "=9", "limit=9 limit=8")) {
      assertThatThrownBy(() -> run(("set " + word).split(" ")))
          .hasMessageStartingWith("config set: expected KEY=VALUE, each key once");
    }
  }

  /** As if the installer of files had seen the last change. */
  private void age() throws Exception {
    Files.setLastModifiedTime(base.resolve("etc/io.weir.cfg"), FileTime.fromMillis(0));
  }

  private Listing run(String... words) throws InterruptedException {
    return ConfigCommand.execute(settings, changes, List.of(words), false);
  }

  @SuppressWarnings("unchecked")
  private ConfigurationAdmin configAdmin() {
    Dictionary<String, Object> now =
        new Hashtable<>(
            Map.of("service.pid", "io.weir", "old", "x", "felix.fileinstall.filename", "y"));
    Configuration configuration =
        fake(
            Configuration.class,
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getProperties" -> now;
                  case "updateIfDifferent" -> deliver((Dictionary<String, Object>) arguments[0]);
                  default -> throw new UnsupportedOperationException(method.toString());
                });
    return fake(ConfigurationAdmin.class, (proxy, method, arguments) -> configuration);
  }

  private boolean deliver(Dictionary<String, Object> properties) {
    Map<String, Object> values = new HashMap<>();
    for (String key : java.util.Collections.list(properties.keys())) {
      values.put(key, properties.get(key));
    }
    settings.modified(values);
    return updates.add(properties);
  }

  private static <T> T fake(Class<T> type, java.lang.reflect.InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
