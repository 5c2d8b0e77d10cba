package io.weir.state;

import io.weir.api.row.SettingValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Keys of {@code cilium-config} that mean nothing to Weir, and what it does instead. */
final class CiliumKeys {
  private static final String FILE = "cilium-keys.txt";
  private static final String ANY = "*";

  private final Map<String, Line> exact = new HashMap<>();
  private final Map<String, Line> prefixes = new HashMap<>();

  /**
   * A line of the file.
   *
   * @param harmless values under which no one notices that the key has no effect
   */
  record Line(String key, Set<String> harmless, String what) {
    boolean isHarmless(String value) {
      return harmless.contains(ANY) || value.isEmpty() || harmless.contains(value);
    }
  }

  static CiliumKeys read() {
    try (InputStream in = CiliumKeys.class.getResourceAsStream(FILE)) {
      return new CiliumKeys(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  CiliumKeys(String text) {
    for (String line : text.split("\n")) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] parts = line.strip().split(" *\\| *");
      if (parts.length != 3) {
        throw new IllegalArgumentException("expected KEY | VALUES | WHAT, got \"" + line + '"');
      }
      boolean prefix = parts[0].endsWith(ANY);
      String key = prefix ? parts[0].substring(0, parts[0].length() - 1) : parts[0];
      Line entry = new Line(key, Set.of(parts[1].split(", *")), parts[2]);
      if ((prefix ? prefixes : exact).put(key, entry) != null) {
        throw new IllegalArgumentException("expected each key once, got " + key + " again");
      }
    }
  }

  /** By its own line, or by that of the longest beginning. */
  Optional<Line> find(String key) {
    Line line = exact.get(key);
    for (int end = key.length(); line == null && end > 0; end--) {
      line = prefixes.get(key.substring(0, end));
    }
    return Optional.ofNullable(line);
  }

  /** Whether a ConfigMap has a value for a setting of ours that is meant for Cilium alone. */
  boolean isItsOwn(SettingValue value) {
    return value.source().startsWith("ConfigMap/") && exact.containsKey(own(value));
  }

  String ownMeaning(SettingValue value) {
    return exact.get(own(value)).what();
  }

  private static String own(SettingValue value) {
    return value.key() + "=" + value.text();
  }
}
