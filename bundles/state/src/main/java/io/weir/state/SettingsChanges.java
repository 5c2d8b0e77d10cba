package io.weir.state;

import io.weir.api.Listing;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.StateFiles;
import io.weir.api.row.SettingValue;
import io.weir.api.table.Tables;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of settings by command: checked before, written into {@code etc/io.weir.cfg} as one, and
 * taken back when a bundle says that it cannot obey.
 *
 * <p>What is set is in force by Config Admin first, and written into the file once bundles obey it:
 * a crash between leaves the last good file. The container's installer of files watches the same
 * file. Where it finds a change, it tells Config Admin; where Config Admin has another value, it
 * writes that into the file, in place, so that a reader may find half of it. Hence three rules:
 * Config Admin is told without the file's name, which keeps the installer from writing; the file is
 * changed only when Config Admin has what will be in it; and not before the installer has seen the
 * change before that.
 */
@Component(service = SettingsChanges.class)
public final class SettingsChanges {
  private static final Logger LOG = LoggerFactory.getLogger(SettingsChanges.class);
  private static final String PID = "io.weir";
  private static final String INSTALLED_FROM = "felix.fileinstall.filename";

  /** How long the file and Config Admin have to agree: the installer looks once a second. */
  private static final Duration AGREEMENT = Duration.ofSeconds(4);

  /** In which the installer has seen a change: it looks twice whether a file is still written. */
  private static final Duration QUIET = Duration.ofSeconds(3);

  private static final long LOOK_MILLIS = 20;

  /** How long bundles have to obey before what they have said so far counts. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** What the installer of files would replace, or read as an array or a typed value. */
  private static final Pattern NOT_PLAIN =
      Pattern.compile("(?s).*\\$\\{.*|\\s*[A-Za-z]?(\\[.*]|\\(.*\\)|\".*\")\\s*");

  private static final String COMMAND = "config set";

  private final Tables tables;
  private final SettingsService settings;
  private final ConfigFile file;
  private final Consumer<Map<String, String>> configAdmin;
  private final Duration patience;
  private final Duration quiet;

  @Activate
  public SettingsChanges(
      @Reference Tables tables,
      @Reference SettingsService settings,
      @Reference StateFiles files,
      @Reference ConfigurationAdmin admin) {
    this(
        tables,
        settings,
        new ConfigFile(place(files)),
        values -> update(admin, values),
        PATIENCE,
        QUIET);
  }

  SettingsChanges(
      Tables tables,
      SettingsService settings,
      ConfigFile file,
      Consumer<Map<String, String>> configAdmin,
      Duration patience,
      Duration quiet) {
    this.tables = tables;
    this.settings = settings;
    this.file = file;
    this.configAdmin = configAdmin;
    this.patience = patience;
    this.quiet = quiet;
  }

  /**
   * Sets all of them or none.
   *
   * @throws ProblemException when a value is not understood, or a bundle cannot obey one; what was
   *     before is in force then
   */
  public synchronized Listing set(Map<String, String> values) throws InterruptedException {
    List<String> refusals = new ArrayList<>();
    values.forEach((key, text) -> refusals.addAll(refusals(key, text)));
    if (!refusals.isEmpty()) {
      throw Problem.of(COMMAND, String.join("; ", refusals))
          .remedy("nothing has changed")
          .asException();
    }
    Map<String, Optional<String>> changes = new LinkedHashMap<>();
    values.forEach((key, text) -> changes.put(key, Optional.of(text)));
    return apply(changes);
  }

  /** Takes keys out of the file, also such as no bundle has. */
  public synchronized Listing unset(Collection<String> keys) throws InterruptedException {
    Set<String> written = steady().values().keySet();
    Map<String, Optional<String>> changes = new LinkedHashMap<>();
    for (String key : keys) {
      if (!written.contains(key)) {
        throw Problem.of("config unset: " + key, "a key of " + file.path(), "one that it has not")
            .remedy("nothing has changed")
            .asException();
      }
      changes.put(key, Optional.empty());
    }
    return apply(changes);
  }

  private List<String> refusals(String key, String text) {
    Set<String> keys = settings.keys();
    if (!keys.contains(key)) {
      return List.of(unknown(key, key, keys).sentence());
    }
    if (NOT_PLAIN.matcher(text).matches()) {
      return List.of(
          Problem.of(key, "text without ${ and not in brackets or quotes", '"' + text + '"')
              .sentence());
    }
    return settings.refusals(key, text, COMMAND).stream()
        .map(problem -> new Problem(key, problem.expected(), problem.came(), problem.remedy()))
        .map(Problem::sentence)
        .toList();
  }

  static Problem unknown(String where, String key, Collection<String> keys) {
    List<String> nearest = Nearest.to(key, keys);
    String remedy =
        nearest.isEmpty()
            ? "weir config lists those there are"
            : "is it " + String.join(" or ", nearest) + " that is meant?";
    return Problem.of(where, "a setting that some bundle has", "an unknown one").remedy(remedy);
  }

  private Listing apply(Map<String, Optional<String>> changes) throws InterruptedException {
    Faults before = Faults.of(tables);
    Map<String, String> was = new HashMap<>();
    changes.keySet().forEach(key -> was.put(key, inForce(key)));
    ConfigFile.Content old = steady();
    ConfigFile.Content now = old.with(changes);
    boolean settled;
    try {
      tellOrTakeBack(now, old);
      settled = tables.settle(patience);
      List<String> faults = Faults.of(tables).since(before);
      if (faults.isEmpty()) {
        keep(old, now, changes);
      } else {
        tell(old);
        throw takenBack(faults, tables.settle(patience), before);
      }
    } catch (InterruptedException e) {
      tell(old);
      throw e;
    }
    LOG.info("settings changed: {}", told(changes));
    return listing(changes.keySet(), was, settled);
  }

  /** Writes the file, with what another may have changed in it in the meantime. */
  private void keep(
      ConfigFile.Content old, ConfigFile.Content now, Map<String, Optional<String>> changes)
      throws InterruptedException {
    ConfigFile.Content found = file.read();
    ConfigFile.Content kept = now;
    if (!found.equals(old)) {
      found = steadyFile();
      kept = found.with(changes);
      tell(kept);
    }
    try {
      file.write(kept);
    } catch (ProblemException e) {
      tell(found);
      tables.settle(patience);
      throw e;
    }
  }

  private ProblemException takenBack(List<String> faults, boolean settled, Faults before) {
    List<String> left = Faults.of(tables).since(before);
    String remedy =
        settled && left.isEmpty()
            ? "what was before is in force again"
            : "what was before is set again, but not all of it is in force: "
                + (left.isEmpty() ? "weir reconcile says what is not" : String.join("; ", left));
    return Problem.of(COMMAND, String.join("; ", faults)).remedy(remedy).asException();
  }

  /** What does not arrive may do so later, when the file has what was before. */
  private void tellOrTakeBack(ConfigFile.Content now, ConfigFile.Content old)
      throws InterruptedException {
    try {
      tell(now);
    } catch (ProblemException e) {
      configAdmin.accept(old.values());
      throw e;
    }
  }

  private void tell(ConfigFile.Content content) throws InterruptedException {
    configAdmin.accept(content.values());
    if (!settings.awaitArrival(content.values(), AGREEMENT)) {
      throw Problem.of("Config Admin: " + PID, "what was set to arrive", "nothing")
          .remedy("weir config says what is in force")
          .asException();
    }
  }

  /** What the file holds when nobody is writing it, and Config Admin has the same. */
  private ConfigFile.Content steady() throws InterruptedException {
    long deadline = System.nanoTime() + quiet.plus(AGREEMENT).toNanos();
    while (true) {
      ConfigFile.Content content = steadyFile();
      if (settings.hasArrived(content.values())) {
        return content;
      }
      if (System.nanoTime() - deadline >= 0) {
        throw Problem.of(
                file.path().toString(), "what Config Admin has of it", "something else for seconds")
            .remedy("nothing has changed; does the container install files from that directory?")
            .asException();
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  /** What the file holds when its last change is so old that the installer has seen it. */
  private ConfigFile.Content steadyFile() throws InterruptedException {
    long deadline = System.nanoTime() + quiet.toNanos();
    while (file.age().compareTo(quiet) < 0 && System.nanoTime() - deadline < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return file.read();
  }

  private String inForce(String key) {
    return settings.line(key).map(SettingsBook.Line::value).orElse("");
  }

  private Listing listing(Set<String> keys, Map<String, String> was, boolean settled) {
    Listing.Builder listing = Listing.of("key", "was", "value", "source", "note");
    for (String key : keys) {
      List<SettingValue> written = settings.written(key);
      String source = settings.line(key).map(SettingsBook.Line::source).orElse("");
      String note = settled ? "" : "not all bundles have acted on it yet: weir reconcile";
      boolean wins = written.isEmpty() || written.get(0).source().equals(SettingsService.FILE);
      if (!wins) {
        String winner = written.get(0).source();
        note =
            "no effect until %s no longer has the key: it wins over %s"
                .formatted(winner, SettingsService.FILE);
      }
      listing.row(key, was.get(key), inForce(key), source, note);
      if (!wins || !settled) {
        listing.incomplete();
      }
    }
    return listing.build();
  }

  private static String told(Map<String, Optional<String>> changes) {
    Set<String> words = new TreeSet<>();
    changes.forEach(
        (key, value) -> words.add(value.map(v -> key + "=" + v).orElse(key + " unset")));
    return String.join(", ", words);
  }

  private static Path place(StateFiles files) {
    String etc = System.getProperty("karaf.etc", "");
    Path directory = etc.isEmpty() ? files.places().base().resolve("etc") : Path.of(etc);
    return directory.resolve(PID + ".cfg");
  }

  /** What Config Admin has of its own, keys with a dot, stays. */
  private static void update(ConfigurationAdmin admin, Map<String, String> values) {
    try {
      Configuration configuration = admin.getConfiguration(PID, null);
      Map<String, Object> all = new TreeMap<>(values);
      Dictionary<String, Object> now = configuration.getProperties();
      if (now != null) {
        for (String key : java.util.Collections.list(now.keys())) {
          if (key.indexOf('.') >= 0) {
            all.put(key, now.get(key));
          }
        }
      }
      all.remove(INSTALLED_FROM);
      configuration.updateIfDifferent(new Hashtable<>(all));
    } catch (IOException e) {
      throw new ProblemException(Problem.of("Config Admin: " + PID, e.toString()), e);
    }
  }
}
