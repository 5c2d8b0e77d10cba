package io.weir.flows;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Why packets are dropped: the rows of {@code reasons.txt}.
 *
 * @param number of {@code enum reason} in {@code bpf/abi/events.h}
 * @param name in capitals; below {@link #OWN} as Hubble's
 * @param words for people, as Hubble's where it has some
 * @param remedy what to do
 */
public record Reasons(int number, String name, String words, String remedy) {
  private static final int OWN = 240;
  private static final String OF_OWN = "DROP_REASON_UNKNOWN";
  private static final int COLUMNS = 4;

  private static final TreeMap<Integer, Reasons> ALL = read();
  private static final boolean[] KNOWN = new boolean[256];

  static {
    ALL.keySet().forEach(number -> KNOWN[number] = true);
  }

  private static TreeMap<Integer, Reasons> read() {
    TreeMap<Integer, Reasons> all = new TreeMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Reasons.class.getResourceAsStream("reasons.txt"), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          String[] columns = line.split(" \\| ", COLUMNS);
          int number = Integer.parseInt(columns[0]);
          all.put(number, new Reasons(number, columns[1], columns[2], columns[3]));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  /** By number. */
  public static Collection<Reasons> all() {
    return Collections.unmodifiableCollection(ALL.values());
  }

  /** By number, or by name in any case. */
  public static Optional<Reasons> find(String numberOrName) {
    String name = numberOrName.toUpperCase(Locale.ROOT).replace('-', '_');
    return ALL.values().stream()
        .filter(reason -> reason.name.equals(name) || Integer.toString(reason.number).equals(name))
        .findFirst();
  }

  static Optional<Reasons> known(int number) {
    return Optional.ofNullable(ALL.get(number));
  }

  static boolean isKnown(int number) {
    return KNOWN[number];
  }

  /** Also of numbers that are not known, which are shown as such. */
  static Reasons of(int number) {
    return known(number)
        .orElseGet(() -> new Reasons(number, OF_OWN, "Reason " + number, "Update Weir."));
  }

  /** Of Hubble's {@code DropReason}, which has no name for Weir's own. */
  String hubbleName() {
    return number < OWN ? name : OF_OWN;
  }
}
