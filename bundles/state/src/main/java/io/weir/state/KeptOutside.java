package io.weir.state;

import io.weir.api.Descriptors;
import io.weir.api.Handover.Parcel;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is kept outside of this process, and how much that may be: whoever keeps it takes a datagram
 * without an answer, and drops what is too much in silence. So it is counted here.
 */
final class KeptOutside {
  static final int MOST = 256;
  static final int MOST_RECORD_BYTES = 64 << 10;
  static final int MOST_BYTES = 1 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(KeptOutside.class);

  /** Where in the process's properties the next one of us finds what is kept. */
  private static final String KEPT = "weir.handover.kept.";

  /**
   * @param files what the descriptors were when they were kept: a number may be another's since
   */
  private record Kept(Parcel parcel, List<String> files) {
    int entries() {
      return parcel.descriptors().size() + 1;
    }

    int bytes() {
      return parcel.state().length + 1;
    }
  }

  private final boolean somebody;
  private final int most;
  private final IntFunction<String> file;
  private final Map<String, Kept> kept = new TreeMap<>();
  private final List<String> toForget = new ArrayList<>();

  /**
   * @param somebody whether anybody is outside
   * @param most how many descriptors there is room for, each record being one
   * @param file tells which file a descriptor is
   */
  KeptOutside(boolean somebody, int most, IntFunction<String> file) {
    this.somebody = somebody;
    this.most = most;
    this.file = file;
    for (String property : System.getProperties().stringPropertyNames()) {
      if (property.startsWith(KEPT)) {
        add(property.substring(KEPT.length()), Parcel.of(System.clearProperty(property)));
      }
    }
  }

  /** As the environment tells: systemd says in {@code $FDSTORE} how much it keeps; so do we. */
  static KeptOutside here() {
    String room = System.getenv().getOrDefault("FDSTORE", "");
    int most = room.matches("[0-9]{1,6}") ? Integer.parseInt(room) : MOST;
    return new KeptOutside(
        System.getenv("NOTIFY_SOCKET") != null && most > 0, most, KeptOutside::fileOf);
  }

  private static String fileOf(int descriptor) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
    } catch (IOException e) {
      return "closed";
    }
  }

  boolean somebody() {
    return somebody;
  }

  /** Throws where there is no room for it in place of what has its name. */
  void check(String name, Parcel parcel) {
    Kept added = kept(parcel);
    int entries = added.entries();
    int bytes = added.bytes();
    for (Map.Entry<String, Kept> other : kept.entrySet()) {
      if (!other.getKey().equals(name)) {
        entries += other.getValue().entries();
        bytes += other.getValue().bytes();
      }
    }
    if (added.bytes() > MOST_RECORD_BYTES || bytes > MOST_BYTES) {
      throw Problem.of(
              "hand-over " + name,
              "a state of less than %s bytes, of %s together"
                  .formatted(MOST_RECORD_BYTES, MOST_BYTES),
              added.bytes() + " bytes, " + bytes + " together")
          .asException();
    }
    if (entries > most || parcel.descriptors().size() > KeptNames.MOST_DESCRIPTORS) {
      throw Problem.of(
              "hand-over " + name,
              "room for %s descriptors, one a record".formatted(most),
              entries + " of them")
          .asException();
    }
  }

  private Kept kept(Parcel parcel) {
    return new Kept(parcel, parcel.descriptors().stream().map(file::apply).toList());
  }

  /** Notes what is outside already. */
  void add(String name, Parcel parcel) {
    kept.put(name, kept(parcel));
  }

  /** The record last: without it there is no parcel. What was half stored is taken back. */
  boolean store(Descriptors store, String name, Parcel parcel) {
    add(name, parcel);
    try {
      return send(store, name, parcel);
    } catch (ProblemException e) {
      forget(name);
      forgetNow(store);
      throw e;
    }
  }

  private static boolean send(Descriptors store, String name, Parcel parcel) {
    int count = parcel.descriptors().size();
    for (int i = 0; i < count; i++) {
      if (!store.store(KeptNames.descriptor(name, i), parcel.descriptors().get(i))) {
        return false;
      }
    }
    return store.store(KeptNames.record(name), KeptNames.encode(count, parcel.state()));
  }

  /** To one who knows nothing of it. What its owner has closed without a word is left out. */
  void storeAll(Descriptors store) {
    if (store == null) {
      throw Problem.of("hand-over", "the bundle io.weir.linux", "none")
          .remedy("what is kept is told to the next holder when it is there")
          .asException();
    }
    kept.entrySet()
        .removeIf(
            entry -> {
              Parcel parcel = entry.getValue().parcel();
              boolean same = kept(parcel).files().equals(entry.getValue().files());
              if (same) {
                send(store, entry.getKey(), parcel);
              } else {
                LOG.warn(
                    "hand-over {}: its owner has closed it, and has not said so", entry.getKey());
              }
              return !same;
            });
  }

  void forget(String name) {
    Kept gone = kept.remove(name);
    if (gone == null) {
      return;
    }
    toForget.add(KeptNames.record(name));
    for (int i = 0; i < gone.parcel().descriptors().size(); i++) {
      toForget.add(KeptNames.descriptor(name, i));
    }
  }

  /**
   * @param names as they are outside
   */
  void forgetLater(List<String> names) {
    toForget.addAll(names);
  }

  /** Has all closed that was forgotten; nothing while {@code store} is null. */
  void forgetNow(Descriptors store) {
    if (store == null) {
      return;
    }
    for (String name : toForget) {
      try {
        store.unstore(name);
      } catch (ProblemException e) {
        LOG.warn("hand-over: {} is still kept outside: {}", name, e.getMessage());
      }
    }
    toForget.clear();
  }

  /** For the next one of us, in this process. */
  void leave() {
    kept.forEach((name, each) -> System.setProperty(KEPT + name, each.parcel().text()));
    kept.clear();
  }
}
