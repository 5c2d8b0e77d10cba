package io.weir.state;

import io.weir.api.Listing;
import io.weir.api.Setting;
import io.weir.api.Settings;
import io.weir.api.row.SettingValue;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables;
import io.weir.api.row.WeirTables.SettingSourceKey;
import io.weir.api.table.Epoch;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Row;
import io.weir.api.table.Tables;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings as a service: {@code etc/io.weir.cfg} into the table of settings, and the table's values
 * to those who declared them.
 */
@Component(
    service = {Settings.class, SettingsService.class},
    configurationPid = "io.weir",
    immediate = true)
public final class SettingsService implements Settings {
  static final String BUNDLE = "io.weir.state";
  static final String FILE = "etc/io.weir.cfg";

  private static final Logger LOG = LoggerFactory.getLogger(SettingsService.class);

  private final Tables tables;
  private final Epoch<SettingSourceKey, SettingValue> file;
  private final Epoch<SourceProblem.Key, SourceProblem> problems;
  private final SettingsBook book = new SettingsBook();
  private final Map<Declared, Runnable> declared = new LinkedHashMap<>();
  private final Loop loop;

  @Activate
  public SettingsService(@Reference Tables tables, Map<String, Object> configuration) {
    this.tables = tables;
    file = tables.table(WeirTables.SETTINGS).write(new Owner(BUNDLE, "file"));
    problems = tables.table(WeirTables.SOURCE_PROBLEMS).write(new Owner(BUNDLE, "settings"));
    file.set(rows(configuration));
    read();
    loop = tables.loop(BUNDLE + ".settings", List.of(WeirTables.SETTINGS), inputs -> follow());
  }

  /** What Config Admin has of the PID now. */
  @Modified
  void modified(Map<String, Object> configuration) {
    file.set(rows(configuration));
  }

  @Deactivate
  void stop() {
    loop.close();
    file.close();
    problems.close();
  }

  @Override
  public View declare(String bundle, Runnable changed, Setting<?>... settings) {
    Declared view = new Declared(bundle, List.of(settings));
    synchronized (this) {
      read();
      book.declare(view.bundle, view.settings);
      view.refresh();
      declared.put(view, changed);
    }
    loop.wake();
    return view;
  }

  /** Every setting that is declared, and after them what is written of others in vain. */
  public synchronized Listing listing() {
    Listing.Builder listing =
        Listing.of("key", "value", "default", "source", "bundles", "meaning", "problem");
    for (SettingsBook.Line line : book.lines()) {
      String meaning = line.meaning() + " (" + line.expected() + ")";
      listing.row(
          line.key(),
          line.value(),
          line.byDefault(),
          line.source(),
          String.join(" ", line.bundles()),
          line.expected().equals("text") ? line.meaning() : meaning,
          line.problem());
      if (!line.problem().isEmpty()) {
        listing.incomplete();
      }
    }
    for (SettingValue value : book.unknown()) {
      String sentence = SettingsBook.unknown(value).sentence();
      listing.row(value.key(), value.text(), "", value.source(), "", "", sentence);
    }
    return listing.build();
  }

  private void follow() {
    List<Runnable> told = new ArrayList<>();
    synchronized (this) {
      read();
      declared.forEach(
          (view, changed) -> {
            if (view.refresh()) {
              told.add(changed);
            }
          });
      problems.set(book.sourceProblems());
    }
    told.forEach(SettingsService::tell);
  }

  private synchronized void read() {
    List<SettingValue> values = new ArrayList<>();
    for (Row<SettingSourceKey, SettingValue> row :
        tables.table(WeirTables.SETTINGS).snapshot().rows()) {
      values.add(row.value());
    }
    book.read(values);
  }

  private static void tell(Runnable changed) {
    try {
      changed.run();
    } catch (RuntimeException e) {
      LOG.error("a listener to changed settings failed: {}", e.toString(), e);
    }
  }

  /** Keys with a dot are those of Config Admin and of the file's installer. */
  private static Map<SettingSourceKey, SettingValue> rows(Map<String, Object> configuration) {
    Map<SettingSourceKey, SettingValue> rows = new TreeMap<>(SettingsBook.BY_KEY);
    configuration.forEach(
        (key, value) -> {
          if (key.indexOf('.') < 0) {
            SettingSourceKey at = new SettingSourceKey(key, FILE);
            rows.put(at, new SettingValue(key, String.valueOf(value).strip(), FILE));
          }
        });
    return rows;
  }

  private final class Declared implements View {
    private final String bundle;
    private final List<Setting<?>> settings;
    private volatile Map<Setting<?>, Object> values;

    Declared(String bundle, List<Setting<?>> settings) {
      this.bundle = bundle;
      this.settings = settings;
    }

    /** Takes over the values in force; returns whether one has changed. */
    boolean refresh() {
      Map<Setting<?>, Object> now = new LinkedHashMap<>();
      for (Setting<?> setting : settings) {
        now.put(setting, book.value(setting));
      }
      boolean changed = !now.equals(values);
      values = now;
      return changed;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T get(Setting<T> setting) {
      Object value = values.get(setting);
      if (value == null) {
        throw new IllegalArgumentException(
            "setting %s: not declared with this view of %s".formatted(setting.key(), bundle));
      }
      return (T) value;
    }

    @Override
    public void close() {
      synchronized (SettingsService.this) {
        if (declared.remove(this) != null) {
          book.withdraw(bundle, settings);
        }
      }
    }
  }
}
