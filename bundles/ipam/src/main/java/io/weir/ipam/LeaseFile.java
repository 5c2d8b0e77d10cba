package io.weir.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.weir.api.Problem;
import io.weir.api.row.Address;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code state/ipam.json}:
 *
 * <pre>{@code
 * {"version": 1,
 *  "held": {"4f1c/eth0": ["10.0.0.2", "fd00:10::2"]},
 *  "released": {"10.0.0.3": 81234567890123},
 *  "last": ["10.0.0.3", "fd00:10::3"]}
 * }</pre>
 *
 * Releases are stamped with the time since boot. After a reboot the clock has begun anew: a stamp
 * that lies ahead of it counts from now, any other one is at least as old as it looks.
 */
final class LeaseFile {
  static final String NAME = "ipam.json";
  private static final int VERSION = 1;
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private record Text(
      int version,
      SortedMap<String, List<String>> held,
      SortedMap<String, Long> released,
      List<String> last) {}

  private LeaseFile() {}

  /**
   * @throws io.weir.api.ProblemException when {@code bytes} are not what {@link #encode} writes
   */
  static Leases decode(byte[] bytes, long nowNanos) {
    try {
      Text text = GSON.fromJson(new String(bytes, UTF_8), Text.class);
      if (text == null || text.version != VERSION) {
        throw unreadable(text == null ? "nothing" : "version " + text.version, null);
      }
      SortedMap<String, List<Address>> held = new TreeMap<>();
      text.held.forEach(
          (claim, list) -> held.put(claim, list.stream().map(Address::parse).toList()));
      SortedMap<Address, Long> resting = new TreeMap<>();
      text.released.forEach(
          (address, at) -> resting.put(Address.parse(address), Math.min(at, nowNanos)));
      SortedMap<Leases.Family, Address> last = new TreeMap<>();
      text.last.stream().map(Address::parse).forEach(a -> last.put(Leases.Family.of(a), a));
      return new Leases(held, resting, last);
    } catch (JsonParseException | IllegalArgumentException | NullPointerException e) {
      throw unreadable(String.valueOf(e.getMessage()), e);
    }
  }

  static byte[] encode(Leases leases) {
    SortedMap<String, List<String>> held = new TreeMap<>();
    leases
        .held()
        .forEach((claim, list) -> held.put(claim, list.stream().map(Address::toString).toList()));
    SortedMap<String, Long> released = new TreeMap<>();
    leases.resting().forEach((address, at) -> released.put(address.toString(), at));
    List<String> last = leases.last().values().stream().map(Address::toString).toList();
    return GSON.toJson(new Text(VERSION, held, released, last)).getBytes(UTF_8);
  }

  private static RuntimeException unreadable(String came, Exception cause) {
    return new io.weir.api.ProblemException(
        new Problem(
            "state/" + NAME,
            "the addresses that were given out, version " + VERSION,
            came,
            "restore the file; or remove it, then addresses of endpoints are taken over from them"),
        cause);
  }
}
