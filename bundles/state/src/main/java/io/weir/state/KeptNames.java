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
 * process died, and is none.
 */
final class KeptNames {
  static final int MOST_DESCRIPTORS = 255;

  private static final String RECORD = "record";
  private static final int FIRST = 3;

  private KeptNames() {}

  /**
   * What was found at the start.
   *
   * @param broken the outer names of what is of no use
   */
  record Inherited(Map<String, Parcel> parcels, List<String> broken, List<Integer> toClose) {
    static final Inherited NOTHING = new Inherited(Map.of(), List.of(), List.of());
  }

  static String descriptor(String name, int index) {
    return name + '.' + index;
  }

  static String record(String name) {
    return name + '.' + RECORD;
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
    Map<String, Parcel> parcels = new TreeMap<>();
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
            parcels.put(name, new Parcel(descriptors, Arrays.copyOfRange(bytes, 1, bytes.length)));
          } else {
            broken.addAll(all);
            toClose.addAll(descriptors);
          }
        });
    return new Inherited(parcels, broken, toClose);
  }
}
