package io.weir.state;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.Setting;
import io.weir.api.row.SettingValue;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.WeirTables.SettingSourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which value each setting has: the written one that wins, else the last one that could be
 * understood, else the default. Not for use by several threads at once.
 */
final class SettingsBook {
  /** So many keys that nobody knows are named in one source; the others are counted. */
  private static final int MOST_NAMED = 20;

  private static final CiliumKeys CILIUM = CiliumKeys.read();

  static final Comparator<SettingSourceKey> BY_KEY =
      Comparator.comparing(SettingSourceKey::key).thenComparing(SettingSourceKey::source);

  /** A ConfigMap wins over the file, the file over the default; among equals the last by name. */
  private static final Comparator<SettingValue> BY_WEIGHT =
      Comparator.<SettingValue, Boolean>comparing(value -> value.source().startsWith("ConfigMap/"))
          .thenComparing(SettingValue::source);

  /** Values that win, by key. */
  private SortedMap<String, SettingValue> written = new TreeMap<>();

  /** All that are written, by key, the one that wins last. */
  private SortedMap<String, List<SettingValue>> all = new TreeMap<>();

  /** Values that mean something to Cilium only. */
  private List<SettingValue> ignored = List.of();

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
   * @param overridden what is written elsewhere in vain, {@code SOURCE: VALUE}
   */
  record Line(
      String key,
      String value,
      String byDefault,
      String source,
      String meaning,
      String expected,
      Set<String> bundles,
      String problem,
      List<String> overridden) {}

  void read(Collection<SettingValue> values) {
    SortedMap<String, List<SettingValue>> byKey = new TreeMap<>();
    ignored = values.stream().filter(CILIUM::isItsOwn).toList();
    for (SettingValue value : values) {
      if (ignored.contains(value)) {
        continue;
      }
      byKey.computeIfAbsent(value.key(), key -> new ArrayList<>()).add(value);
    }
    SortedMap<String, SettingValue> winners = new TreeMap<>();
    byKey.forEach(
        (key, some) -> {
          some.sort(BY_WEIGHT);
          winners.put(key, some.get(some.size() - 1));
        });
    all = byKey;
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

  /** Keys of settings that some bundle has now. */
  Set<String> keys() {
    return Set.copyOf(declared.keySet());
  }

  /** Why bundles would not take this text for the setting; one of them may differ from another. */
  List<Problem> refusals(String key, String text, String source) {
    SettingValue value = new SettingValue(key, text, source);
    return declared.getOrDefault(key, List.of()).stream()
        .map(declaration -> problem(declaration.setting, value))
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }

  /** Whatever is written of a key, the one that wins first. */
  List<SettingValue> written(String key) {
    List<SettingValue> values = new ArrayList<>(all.getOrDefault(key, List.of()));
    Collections.reverse(values);
    return values;
  }

  Optional<Line> line(String key) {
    return Optional.ofNullable(declared.get(key)).map(declarations -> line(key, declarations));
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
        problem == null ? "" : problem.sentence(),
        written(key).stream().skip(1).map(value -> value.source() + ": " + value.text()).toList());
  }

  /**
   * A key that no bundle has.
   *
   * @param effect what of it is worth a warning
   * @param instead what Weir does; empty where the key is not Cilium's either
   */
  record Unknown(SettingValue value, Effect effect, String instead) {}

  enum Effect {
    HARMLESS,
    WARNING,
    UNKNOWN
  }

  /** What is written of settings that no bundle has. */
  List<Unknown> unknown() {
    List<Unknown> unknown = new ArrayList<>();
    for (SettingValue value : written.values()) {
      if (!known.contains(value.key())) {
        unknown.add(unknown(value));
      }
    }
    for (SettingValue value : ignored) {
      unknown.add(new Unknown(value, Effect.HARMLESS, CILIUM.ownMeaning(value)));
    }
    unknown.sort(Comparator.comparing(one -> one.value.key()));
    return unknown;
  }

  private static Unknown unknown(SettingValue value) {
    return CILIUM
        .find(value.key())
        .map(
            line ->
                new Unknown(
                    value,
                    line.isHarmless(value.text()) ? Effect.HARMLESS : Effect.WARNING,
                    line.what()))
        .orElseGet(() -> new Unknown(value, Effect.UNKNOWN, ""));
  }

  /** Values that are not understood, and keys that nobody knows, by source. */
  Map<SourceProblem.Key, SourceProblem> sourceProblems() {
    SortedMap<String, List<Problem>> refusals = new TreeMap<>();
    for (SettingValue value : written.values()) {
      List<Declaration> declarations = declared.getOrDefault(value.key(), List.of());
      Problem problem = declarations.isEmpty() ? null : problem(declarations.get(0).setting, value);
      if (problem != null) {
        refusals.computeIfAbsent(value.source(), source -> new ArrayList<>()).add(problem);
      }
    }
    SortedMap<String, List<Unknown>> unknown = new TreeMap<>();
    for (Unknown one : unknown()) {
      unknown.computeIfAbsent(one.value.source(), source -> new ArrayList<>()).add(one);
    }
    Map<SourceProblem.Key, SourceProblem> rows = new HashMap<>();
    Set<String> sources = new TreeSet<>(refusals.keySet());
    sources.addAll(unknown.keySet());
    for (String source : sources) {
      SourceProblem.Key key = new SourceProblem.Key(SettingsService.BUNDLE, source);
      List<Problem> warnings = warnings(source, unknown.getOrDefault(source, List.of()));
      rows.put(key, new SourceProblem(key, refusals.getOrDefault(source, List.of()), warnings));
    }
    return rows;
  }

  private List<Problem> warnings(String source, List<Unknown> unknown) {
    List<Problem> warnings = new ArrayList<>();
    List<Unknown> strange = unknown.stream().filter(one -> one.effect == Effect.UNKNOWN).toList();
    unknown.stream()
        .filter(one -> one.effect == Effect.WARNING)
        .map(this::problem)
        .forEach(warnings::add);
    strange.stream().limit(MOST_NAMED).map(this::problem).forEach(warnings::add);
    if (strange.size() > MOST_NAMED) {
      warnings.add(
          Problem.of(source, (strange.size() - MOST_NAMED) + " more keys that no bundle has")
              .remedy("weir config list --unknown names them"));
    }
    long harmless = unknown.stream().filter(one -> one.effect == Effect.HARMLESS).count();
    if (harmless > 0) {
      warnings.add(
          Problem.of(source, harmless + " keys of Cilium have no effect and need none")
              .remedy("weir config list --unknown says what Weir does instead"));
    }
    return warnings;
  }

  /** What is to be said of a key that no bundle has. */
  Problem problem(Unknown unknown) {
    SettingValue value = unknown.value;
    if (unknown.effect == Effect.UNKNOWN) {
      return SettingsChanges.unknown(
          value.source() + ": " + value.key(), value.key(), declared.keySet());
    }
    return Problem.of(
        "%s: %s: \"%s\"".formatted(value.source(), value.key(), value.text()), unknown.instead);
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
