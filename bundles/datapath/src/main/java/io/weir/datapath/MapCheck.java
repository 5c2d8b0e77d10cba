package io.weir.datapath;

import io.weir.api.KernelCheck.Difference;
import io.weir.api.row.Frontend;
import io.weir.datapath.abi.ServiceLayout;
import io.weir.linux.Bpf;
import io.weir.linux.BpfMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compares pinned maps, entry by entry, with what they should hold. It opens the pins itself, so
 * that it sees what is there and not what somebody believes to be.
 */
final class MapCheck {
  private final Bpf bpf;
  private final Kernel kernel;
  private final Path maps;
  private final List<Difference> differences = new ArrayList<>();

  /**
   * @param kernel with the maps that the programs use
   * @param maps where they are pinned
   */
  private MapCheck(Bpf bpf, Kernel kernel, Path maps) {
    this.bpf = bpf;
    this.kernel = kernel;
    this.maps = maps;
  }

  static List<Difference> differences(Bpf bpf, Kernel kernel, Path maps, WantedMaps wanted) {
    MapCheck check = new MapCheck(bpf, kernel, maps);
    EntryText text = new EntryText(wanted);
    wanted
        .entries()
        .forEach(
            (name, entries) ->
                check.entries(name).ifPresent(found -> check.compare(name, entries, found, text)));
    check.entries("services").ifPresent(found -> check.services(wanted.frontends(), found));
    return check.differences;
  }

  /** What is in a map; empty where it cannot be found, which is a difference. */
  private Optional<Map<Bytes, byte[]>> entries(String name) {
    Optional<BpfMap> pinned = open(name);
    if (pinned.isEmpty()) {
      return Optional.empty();
    }
    Map<Bytes, byte[]> entries = new HashMap<>();
    try (BpfMap map = pinned.get()) {
      map.forEach((key, value) -> entries.put(new Bytes(key), value));
    }
    if (name.equals("policy_slots")) {
      entries.values().removeIf(value -> Arrays.equals(value, PolicyEncoding.EMPTY_SLOT));
    }
    return Optional.of(entries);
  }

  private Optional<BpfMap> open(String name) {
    Path pin = PinnedMaps.pin(maps, name);
    int used = kernel.map(name).info().id();
    Optional<BpfMap> map = bpf.findMap(pin);
    if (map.filter(found -> found.info().id() == used).isPresent()) {
      return map;
    }
    String found = map.map(other -> "map " + other.info().id()).orElse(Difference.NOTHING);
    differences.add(new Difference("pin " + pin, "map " + used + ", which programs use", found));
    map.ifPresent(BpfMap::close);
    return Optional.empty();
  }

  private void compare(
      String name, Map<Bytes, byte[]> wanted, Map<Bytes, byte[]> found, EntryText text) {
    wanted.forEach(
        (key, expected) -> {
          byte[] is = found.get(key);
          if (is == null) {
            differences.add(
                new Difference(
                    text.key(name, key), text.value(name, expected), Difference.NOTHING));
          } else if (!Arrays.equals(is, expected)) {
            differences.add(differs(text.key(name, key), name, expected, is, text));
          }
        });
    found.forEach(
        (key, is) -> {
          if (!wanted.containsKey(key)) {
            differences.add(
                new Difference(text.key(name, key), Difference.NOTHING, text.value(name, is)));
          }
        });
  }

  /** Where only such bytes differ as nobody has words for, they are shown. */
  private static Difference differs(
      String what, String name, byte[] expected, byte[] found, EntryText text) {
    String expectedText = text.value(name, expected);
    String foundText = text.value(name, found);
    return expectedText.equals(foundText)
        ? new Difference(what, EntryText.hex(expected), EntryText.hex(found))
        : new Difference(what, expectedText, foundText);
  }

  private void services(List<Frontend> frontends, Map<Bytes, byte[]> found) {
    Optional<BpfMap> pinned = open("backends");
    if (pinned.isEmpty()) {
      return;
    }
    Map<Bytes, byte[]> others = new HashMap<>(found);
    try (BpfMap backends = pinned.get()) {
      for (Frontend frontend : frontends) {
        byte[] value = others.remove(ServiceMaps.key(frontend.key()));
        String expected = text(frontend.serviceId(), ServiceMaps.Place.of(frontend));
        String is = value == null ? Difference.NOTHING : service(value, backends);
        if (!is.equals(expected)) {
          differences.add(new Difference(EntryText.key(frontend), expected, is));
        }
      }
      others.forEach(
          (key, value) ->
              differences.add(
                  new Difference(
                      "services " + ServiceMaps.text(key),
                      Difference.NOTHING,
                      service(value, backends))));
    }
  }

  private static String service(byte[] value, BpfMap backends) {
    List<ServiceMaps.Place> places = new ArrayList<>();
    int base = ServiceLayout.base(value, 0);
    int count = ServiceLayout.count(value, 0);
    for (int place = base; place < base + count; place++) {
      Optional<byte[]> backend = backends.lookup(Revisions.word(place));
      if (backend.isEmpty()) {
        return "service %s with backends from place %s, which is not there"
            .formatted(ServiceLayout.id(value, 0), place);
      }
      places.add(ServiceMaps.decode(backend.get()));
    }
    return text(ServiceLayout.id(value, 0), places);
  }

  /** A backend of another service is told with its number: nobody may be led to it. */
  private static String text(int service, List<ServiceMaps.Place> places) {
    StringBuilder text = new StringBuilder("service " + service + " with");
    for (ServiceMaps.Place place : places) {
      text.append(' ').append(place);
      if (place.service() != service) {
        text.append(" (of service ").append(place.service()).append(')');
      }
    }
    return places.isEmpty() ? text.append("out backends").toString() : text.toString();
  }
}
