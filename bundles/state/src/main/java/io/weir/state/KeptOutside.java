package io.weir.state;

import io.weir.api.Descriptors;
import io.weir.api.Handover.Parcel;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.state.KeptNames.Edition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
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
  private record Kept(Edition edition, Parcel parcel, List<String> files) {
    int entries() {
      return parcel.descriptors().size() + 1;
    }

    List<String> names() {
      return edition.names(parcel.descriptors().size());
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
        add(
            Edition.parse(property.substring(KEPT.length())),
            Parcel.of(System.clearProperty(property)));
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
    if (!Edition.parse(name).name().equals(name)) {
      throw Problem.of("hand-over " + name, "a name without @ and a number at its end", name)
          .asException();
    }
    Kept added = kept(new Edition(name, 1), parcel);
    List<Kept> others =
        kept.values().stream().filter(other -> !other.edition().name().equals(name)).toList();
    int bytes = added.bytes() + bytes(others);
    if (added.bytes() > MOST_RECORD_BYTES || bytes > MOST_BYTES) {
      throw Problem.of(
              "hand-over " + name,
              "a state of less than %s bytes, of %s together"
                  .formatted(MOST_RECORD_BYTES, MOST_BYTES),
              added.bytes() + " bytes, " + bytes + " together")
          .asException();
    }
    int entries = added.entries() + entries(others);
    if (entries > most || parcel.descriptors().size() > KeptNames.MOST_DESCRIPTORS) {
      throw Problem.of(
              "hand-over " + name,
              "room for %s descriptors, one a record".formatted(most),
              entries + " of them")
          .asException();
    }
  }

  private static int bytes(Collection<Kept> which) {
    return which.stream().mapToInt(Kept::bytes).sum();
  }

  private static int entries(Collection<Kept> which) {
    return which.stream().mapToInt(Kept::entries).sum();
  }

  private Kept kept(Edition edition, Parcel parcel) {
    return new Kept(edition, parcel, parcel.descriptors().stream().map(file::apply).toList());
  }

  /** Notes what is outside already. */
  void add(Edition edition, Parcel parcel) {
    kept.put(edition.name(), kept(edition, parcel));
  }

  /**
   * The record last: without it there is no parcel. What was half stored is taken back; what has
   * its name is given up once this one is there, or before that where there is no room for both.
   */
  boolean store(Descriptors store, String name, Parcel parcel) {
    Kept before = kept.get(name);
    Edition edition = before == null ? new Edition(name, 1) : before.edition().next();
    Kept added = kept(edition, parcel);
    if (before != null
        && (added.entries() + entries(kept.values()) > most
            || added.bytes() + bytes(kept.values()) > MOST_BYTES)) {
      forget(name);
      forgetNow(store);
    }
    boolean stored;
    try {
      stored = send(store, added);
    } catch (ProblemException e) {
      toForget.addAll(added.names());
      forgetNow(store);
      throw e;
    }
    forget(name);
    kept.put(name, added);
    forgetNow(store);
    return stored;
  }

  private static boolean send(Descriptors store, Kept one) {
    Parcel parcel = one.parcel();
    int count = parcel.descriptors().size();
    for (int i = 0; i < count; i++) {
      if (!store.store(one.edition().descriptor(i), parcel.descriptors().get(i))) {
        return false;
      }
    }
    return store.store(one.edition().record(), KeptNames.encode(count, parcel.state()));
  }

  /** To one who knows nothing of it. What its owner has closed without a word is left out. */
  void storeAll(Descriptors store) {
    if (store == null) {
      throw Problem.of("hand-over", "the bundle io.weir.linux", "none")
          .remedy("what is kept is told to the next holder when it is there")
          .asException();
    }
    kept.values()
        .removeIf(
            one -> {
              boolean same = kept(one.edition(), one.parcel()).files().equals(one.files());
              if (same) {
                send(store, one);
              } else {
                LOG.warn(
                    "hand-over {}: its owner has closed it, and has not said so",
                    one.edition().name());
              }
              return !same;
            });
  }

  void forget(String name) {
    Kept gone = kept.remove(name);
    if (gone != null) {
      toForget.addAll(gone.names());
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
    kept.values()
        .forEach(one -> System.setProperty(KEPT + one.edition().outer(), one.parcel().text()));
    kept.clear();
  }
}
