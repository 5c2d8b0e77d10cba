package io.weir.state;

import io.weir.api.Handover.Parcel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * How parcels are named outside of this process, where each descriptor has a name of its own:
 * {@code NAME.0}, {@code NAME.1} …, and last {@code NAME.record}, whose first byte is the number of
 * descriptors. A parcel without its record, or short of a descriptor, was being stored when its
 * process died, and is none. One that takes the place of another is {@code NAME@2}, {@code NAME@3}
 * … and is stored before the other is given up, so that at every moment one of them is whole.
 */
final class KeptNames {
  static final int MOST_DESCRIPTORS = 255;

  private static final String RECORD = "record";
  private static final char EDITION = '@';
  private static final int FIRST = 3;

  private KeptNames() {}

  /**
   * A parcel of a name, of which there may be another one since.
   *
   * @param number from 1
   */
  record Edition(String name, long number) {
    /** As it stands before the dot. */
    static Edition parse(String outer) {
      int at = outer.lastIndexOf(EDITION);
      String number = outer.substring(at + 1);
      return at > 0 && number.matches("[1-9][0-9]{0,17}")
          ? new Edition(outer.substring(0, at), Long.parseLong(number))
          : new Edition(outer, 1);
    }

    Edition next() {
      return new Edition(name, number + 1);
    }

    String outer() {
      return number == 1 ? name : name + EDITION + number;
    }

    String descriptor(int index) {
      return outer() + '.' + index;
    }

    String record() {
      return outer() + '.' + RECORD;
    }

    /** All names that one of so many descriptors takes, the record's first. */
    List<String> names(int descriptors) {
      List<String> names = new ArrayList<>(List.of(record()));
      for (int i = 0; i < descriptors; i++) {
        names.add(descriptor(i));
      }
      return names;
    }
  }

  /**
   * What was found at the start.
   *
   * @param broken the outer names of what is of no use
   */
  record Inherited(Map<Edition, Parcel> parcels, List<String> broken, List<Integer> toClose) {
    static final Inherited NOTHING = new Inherited(Map.of(), List.of(), List.of());
  }

  static byte[] encode(int descriptors, byte[] state) {
    byte[] record = new byte[1 + state.length];
    record[0] = (byte) descriptors;
    System.arraycopy(state, 0, record, 1, state.length);
    return record;
  }

  /**
   * Reads {@code $LISTEN_FDNAMES}, as sd_listen_fds(3) does.
   *
   * @param process this one's number: what is meant for another is not ours
   * @param content of a descriptor that is a file
   */
  static Inherited inherited(
      Map<String, String> environment, long process, IntFunction<byte[]> content) {
    if (!Long.toString(process).equals(environment.get("LISTEN_PID"))) {
      return Inherited.NOTHING;
    }
    Map<String, Map<String, Integer>> found = new TreeMap<>();
    List<Integer> toClose = new ArrayList<>();
    String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":");
    for (int i = 0; i < names.length; i++) {
      int dot = names[i].lastIndexOf('.');
      if (dot > 0) {
        Integer twice =
            found
                .computeIfAbsent(names[i].substring(0, dot), name -> new HashMap<>())
                .put(names[i].substring(dot + 1), FIRST + i);
        if (twice != null) {
          toClose.add(twice);
        }
      }
    }
    Map<String, Edition> newest = new TreeMap<>();
    Map<Edition, Parcel> parcels = new HashMap<>();
    List<String> broken = new ArrayList<>();
    found.forEach(
        (name, members) -> {
          List<String> all = members.keySet().stream().map(key -> name + '.' + key).toList();
          Integer record = members.remove(RECORD);
          byte[] bytes = record == null ? new byte[0] : content.apply(record);
          List<Integer> descriptors = new ArrayList<>();
          while (members.containsKey(Integer.toString(descriptors.size()))) {
            descriptors.add(members.remove(Integer.toString(descriptors.size())));
          }
          toClose.addAll(members.values());
          if (record != null) {
            toClose.add(record);
          }
          if (bytes.length > 0 && (bytes[0] & 0xff) == descriptors.size() && members.isEmpty()) {
            Edition edition = Edition.parse(name);
            newest.merge(edition.name(), edition, (a, b) -> a.number() > b.number() ? a : b);
            parcels.put(
                edition, new Parcel(descriptors, Arrays.copyOfRange(bytes, 1, bytes.length)));
          } else {
            broken.addAll(all);
            toClose.addAll(descriptors);
          }
        });
    parcels
        .entrySet()
        .removeIf(
            entry -> {
              Edition edition = entry.getKey();
              List<Integer> descriptors = entry.getValue().descriptors();
              boolean old = !edition.equals(newest.get(edition.name()));
              if (old) {
                broken.addAll(edition.names(descriptors.size()));
                toClose.addAll(descriptors);
              }
              return old;
            });
    return new Inherited(parcels, broken, toClose);
  }
}
