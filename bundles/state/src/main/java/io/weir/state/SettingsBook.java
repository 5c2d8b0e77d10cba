package io.weir.state;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.Setting;
import io.weir.api.row.SettingValue;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables.SettingSourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which value each setting has: the written one that wins, else the last one that could be
 * understood, else the default. Not for use by several threads at once.
 */
final class SettingsBook {
  static final Comparator<SettingSourceKey> BY_KEY =
      Comparator.comparing(SettingSourceKey::key).thenComparing(SettingSourceKey::source);

  /** A ConfigMap wins over a file; among equals the last by name. */
  private static final Comparator<SettingValue> BY_WEIGHT =
      Comparator.<SettingValue, Boolean>comparing(value -> value.source().startsWith("ConfigMap/"))
          .thenComparing(SettingValue::source);

  /** Values that win, by key. */
  private SortedMap<String, SettingValue> written = new TreeMap<>();

  private final SortedMap<String, List<Declaration>> declared = new TreeMap<>();

  /** Keys that some bundle has declared since the engine started: it may be on its way back. */
  private final Set<String> known = new HashSet<>();

  /** The last value of each key that was understood. */
  private final Map<String, SettingValue> good = new HashMap<>();

  private record Declaration(String bundle, Setting<?> setting) {}

  /**
   * A setting as {@code weir config} shows it.
   *
   * @param bundles who obeys it
   * @param source where the value in force was written; {@code default}
   * @param problem a sentence, or empty
   */
  record Line(
      String key,
      String value,
      String byDefault,
      String source,
      String meaning,
      String expected,
      Set<String> bundles,
      String problem) {}

  void read(Collection<SettingValue> values) {
    SortedMap<String, SettingValue> winners = new TreeMap<>();
    for (SettingValue value : values) {
      winners.merge(value.key(), value, (one, two) -> BY_WEIGHT.compare(one, two) < 0 ? two : one);
    }
    written = winners;
    good.keySet().retainAll(winners.keySet());
  }

  void declare(String bundle, List<Setting<?>> settings) {
    for (Setting<?> setting : settings) {
      declared
          .computeIfAbsent(setting.key(), key -> new ArrayList<>())
          .add(new Declaration(bundle, setting));
      known.add(setting.key());
    }
  }

  void withdraw(String bundle, List<Setting<?>> settings) {
    for (Setting<?> setting : settings) {
      List<Declaration> declarations = declared.get(setting.key());
      declarations.remove(new Declaration(bundle, setting));
      if (declarations.isEmpty()) {
        declared.remove(setting.key());
      }
    }
  }

  /** The value in force. */
  <T> T value(Setting<T> setting) {
    SettingValue now = written.get(setting.key());
    if (now != null && problem(setting, now) == null) {
      good.put(setting.key(), now);
      return setting.value(now.text(), now.source());
    }
    SettingValue last = good.get(setting.key());
    if (last != null && problem(setting, last) == null) {
      return setting.value(last.text(), last.source());
    }
    return setting.value(setting.defaultText(), "default");
  }

  List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    declared.forEach((key, declarations) -> lines.add(line(key, declarations)));
    return lines;
  }

  private Line line(String key, List<Declaration> declarations) {
    Setting<?> setting = declarations.get(0).setting;
    SettingValue now = written.get(key);
    Problem problem = now == null ? null : problem(setting, now);
    SettingValue inForce = problem == null ? now : good.get(key);
    Set<String> bundles = new TreeSet<>();
    declarations.forEach(declaration -> bundles.add(declaration.bundle));
    return new Line(
        key,
        inForce == null ? setting.defaultText() : inForce.text(),
        setting.defaultText(),
        inForce == null ? "default" : inForce.source(),
        setting.meaning(),
        setting.expected(),
        bundles,
        problem == null ? "" : problem.sentence());
  }

  /** What is written of settings that no bundle has. */
  List<SettingValue> unknown() {
    return written.values().stream().filter(value -> !known.contains(value.key())).toList();
  }

  /** Values that are not understood, and keys that nobody knows, by source. */
  Map<SourceProblem.Key, SourceProblem> sourceProblems() {
    SortedMap<String, List<Problem>> refusals = new TreeMap<>();
    SortedMap<String, List<Problem>> warnings = new TreeMap<>();
    for (SettingValue value : written.values()) {
      List<Declaration> declarations = declared.getOrDefault(value.key(), List.of());
      Problem problem = declarations.isEmpty() ? null : problem(declarations.get(0).setting, value);
      if (problem != null) {
        refusals.computeIfAbsent(value.source(), source -> new ArrayList<>()).add(problem);
      } else if (!known.contains(value.key())) {
        warnings.computeIfAbsent(value.source(), source -> new ArrayList<>()).add(unknown(value));
      }
    }
    Map<SourceProblem.Key, SourceProblem> rows = new HashMap<>();
    Set<String> sources = new TreeSet<>(refusals.keySet());
    sources.addAll(warnings.keySet());
    for (String source : sources) {
      SourceProblem.Key key = new SourceProblem.Key(SettingsService.BUNDLE, source);
      rows.put(
          key,
          new SourceProblem(
              key,
              refusals.getOrDefault(source, List.of()),
              warnings.getOrDefault(source, List.of())));
    }
    return rows;
  }

  static Problem unknown(SettingValue value) {
    return Problem.of(
            value.source() + ": " + value.key(), "a setting that some bundle has", "an unknown one")
        .remedy("weir config lists those there are");
  }

  private static Problem problem(Setting<?> setting, SettingValue value) {
    try {
      setting.value(value.text(), value.source());
      return null;
    } catch (ProblemException e) {
      return e.problem();
    }
  }
}
