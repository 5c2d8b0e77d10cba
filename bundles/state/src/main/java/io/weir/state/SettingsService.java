package io.weir.state;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /** Guards {@link #arrived}: what Config Admin has delivered last. */
  private final Object arrivals = new Object();

  private Map<SettingSourceKey, SettingValue> arrived;
  private final Map<Declared, Problem> failed = new HashMap<>();
  private final Loop loop;

  @Activate
  public SettingsService(@Reference Tables tables, Map<String, Object> configuration) {
    this.tables = tables;
    file = tables.table(WeirTables.SETTINGS).write(new Owner(BUNDLE, "file"));
    problems = tables.table(WeirTables.SOURCE_PROBLEMS).write(new Owner(BUNDLE, "settings"));
    arrived = rows(configuration);
    file.set(arrived);
    read();
    loop = tables.loop(BUNDLE + ".settings", List.of(WeirTables.SETTINGS), inputs -> follow());
  }

  /** What Config Admin has of the PID now. */
  @Modified
  public void modified(Map<String, Object> configuration) {
    Map<SettingSourceKey, SettingValue> rows = rows(configuration);
    file.set(rows);
    synchronized (arrivals) {
      arrived = rows;
      arrivals.notifyAll();
    }
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
        Listing.of(
            "key", "value", "default", "source", "bundles", "meaning", "problem", "overridden");
    for (SettingsBook.Line line : book.lines()) {
      String meaning = line.meaning() + " (" + line.expected() + ")";
      listing.row(
          line.key(),
          line.value(),
          line.byDefault(),
          line.source(),
          String.join(" ", line.bundles()),
          line.expected().equals("text") ? line.meaning() : meaning,
          line.problem(),
          String.join("; ", line.overridden()));
      if (!line.problem().isEmpty()) {
        listing.incomplete();
      }
    }
    for (SettingsBook.Unknown unknown : book.unknown()) {
      if (unknown.effect() != SettingsBook.Effect.HARMLESS) {
        SettingValue value = unknown.value();
        String sentence = book.problem(unknown).sentence();
        listing.row(value.key(), value.text(), "", value.source(), "", "", sentence, "");
      }
    }
    return listing.build();
  }

  /** What is written of settings that no bundle has, and what Weir does instead of Cilium. */
  public synchronized Listing unknown() {
    read();
    Listing.Builder listing = Listing.of("key", "value", "source", "effect", "instead");
    for (SettingsBook.Unknown unknown : book.unknown()) {
      SettingValue value = unknown.value();
      String effect = unknown.effect().name().toLowerCase(Locale.ROOT);
      listing.row(value.key(), value.text(), value.source(), effect, unknown.instead());
    }
    return listing.build();
  }

  /** Every place where a setting has a value, the one that wins first; the default last. */
  public synchronized Listing listing(String key) {
    read();
    List<SettingValue> written = book.written(key);
    Optional<SettingsBook.Line> line = book.line(key);
    if (written.isEmpty() && line.isEmpty()) {
      throw SettingsChanges.unknown("config get: " + key, key, book.keys()).asException();
    }
    String inForce = line.map(SettingsBook.Line::source).orElse("");
    Listing.Builder listing = Listing.of("source", "value", "state");
    for (SettingValue value : written) {
      List<Problem> refusals = book.refusals(key, value.text(), value.source());
      String state = "overridden";
      if (line.isEmpty()) {
        state = "no bundle has this setting";
      } else if (!refusals.isEmpty()) {
        state = refusals.get(0).sentence();
      } else if (value.source().equals(inForce)) {
        state = "in force";
      }
      listing.row(value.source(), value.text(), state);
    }
    line.ifPresent(
        one -> {
          String state = inForce.equals("default") ? "in force" : "overridden";
          listing.row("default", one.byDefault(), state);
        });
    return listing.build();
  }

  /**
   * Waits until Config Admin has delivered these values, so that no older ones come after them.
   *
   * @return whether it has within that time
   */
  boolean awaitArrival(Map<String, String> values, Duration patience) throws InterruptedException {
    Map<SettingSourceKey, SettingValue> wanted = rows(values);
    long deadline = System.nanoTime() + patience.toNanos();
    synchronized (arrivals) {
      while (!wanted.equals(arrived)) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        arrivals.wait(left);
      }
    }
    return true;
  }

  /** Whether these are the values that Config Admin has delivered last. */
  boolean hasArrived(Map<String, String> values) {
    synchronized (arrivals) {
      return rows(values).equals(arrived);
    }
  }

  synchronized Set<String> keys() {
    return book.keys();
  }

  synchronized List<Problem> refusals(String key, String text, String source) {
    return book.refusals(key, text, source);
  }

  /** Whatever is written of a key, the one that wins first. */
  synchronized List<SettingValue> written(String key) {
    read();
    return book.written(key);
  }

  synchronized Optional<SettingsBook.Line> line(String key) {
    read();
    return book.line(key);
  }

  private void follow() {
    Map<Declared, Runnable> told = new LinkedHashMap<>();
    synchronized (this) {
      read();
      declared.forEach(
          (view, changed) -> {
            if (view.refresh()) {
              told.put(view, changed);
            }
          });
    }
    told.forEach(this::tell);
    synchronized (this) {
      Map<SourceProblem.Key, SourceProblem> rows = new HashMap<>(book.sourceProblems());
      failed.forEach(
          (view, problem) -> {
            SourceProblem.Key key = new SourceProblem.Key(BUNDLE, "settings of " + view.bundle);
            rows.put(key, new SourceProblem(key, List.of(problem), List.of()));
          });
      problems.set(rows);
    }
  }

  private synchronized void read() {
    List<SettingValue> values = new ArrayList<>();
    for (Row<SettingSourceKey, SettingValue> row :
        tables.table(WeirTables.SETTINGS).snapshot().rows()) {
      values.add(row.value());
    }
    book.read(values);
  }

  /** A bundle that fails to take changed settings over is told of until it takes some over. */
  private void tell(Declared view, Runnable changed) {
    try {
      changed.run();
      synchronized (this) {
        failed.remove(view);
      }
    } catch (RuntimeException e) {
      LOG.error("{}: a listener to changed settings failed: {}", view.bundle, e.toString(), e);
      String why = e instanceof ProblemException known ? known.problem().sentence() : e.toString();
      synchronized (this) {
        if (declared.containsKey(view)) {
          failed.put(view, Problem.of(view.bundle, "cannot take its settings over: " + why));
        }
      }
    }
  }

  /** Keys with a dot are those of Config Admin and of the file's installer. */
  private static Map<SettingSourceKey, SettingValue> rows(Map<String, ?> configuration) {
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
        failed.remove(this);
        if (declared.remove(this) != null) {
          book.withdraw(bundle, settings);
        }
      }
    }
  }
}
