package io.weir.routing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.google.gson.reflect.TypeToken;
import io.weir.api.ProblemException;
import io.weir.api.StateFiles;
import io.weir.api.row.LocalNode;
import io.weir.linux.NetDevice;
import io.weir.linux.Sysctls;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sysctls of the node's namespace that pods need: forwarding; and no reverse path filter over
 * all devices, since the kernel takes the stricter of the one over all and a device's own. Devices
 * that are not ours keep what was in force for them: their own filter is raised to what the one
 * over all was, and those that take router advertisements go on taking them.
 *
 * <p>What was there before is written down first, and put back when Weir is taken off the node.
 */
final class Forwarding {
  static final String FILE = "sysctls.json";

  private static final Logger LOG = LoggerFactory.getLogger(Forwarding.class);
  private static final String OURS = "weir";
  private static final String FORWARD_IPV4 = "net/ipv4/ip_forward";
  private static final String FORWARD_IPV6 = "net/ipv6/conf/all/forwarding";
  private static final String FILTER_ALL = "net/ipv4/conf/all/rp_filter";
  private static final Gson GSON = new Gson();

  private final Sysctls sysctls;
  private final StateFiles files;

  Forwarding(Sysctls sysctls, StateFiles files) {
    this.sysctls = sysctls;
    this.files = files;
  }

  void ensure(LocalNode node, List<NetDevice> devices) {
    boolean ipv4 = node.podCidrs().stream().anyMatch(cidr -> !cidr.address().ipv6());
    boolean ipv6 = node.podCidrs().stream().anyMatch(cidr -> cidr.address().ipv6());
    SortedMap<String, String> wanted = new TreeMap<>();
    if (ipv4) {
      keepFilters(devices, wanted);
    }
    if (ipv6) {
      keepAdvertisements(devices, wanted);
    }
    write(wanted); // before what they are to outlive
    SortedMap<String, String> all = new TreeMap<>();
    if (ipv4) {
      all.put(FORWARD_IPV4, "1");
      all.put(FILTER_ALL, "0");
    }
    if (ipv6) {
      all.put(FORWARD_IPV6, "1");
    }
    write(all);
  }

  /** Puts back what was there before. */
  void restore() {
    SortedMap<String, String> before = before();
    before.forEach(
        (name, value) -> {
          try {
            sysctls.write(name, value);
          } catch (ProblemException e) {
            LOG.info("{} is not put back to {}: {}", name, value, e.getMessage());
          }
        });
    files.write(FILE, GSON.toJson(new TreeMap<>()).getBytes(UTF_8));
  }

  private void keepFilters(List<NetDevice> devices, Map<String, String> wanted) {
    String over = sysctls.read(FILTER_ALL);
    if (over.equals("0")) {
      return;
    }
    for (NetDevice device : devices) {
      String name = "net/ipv4/conf/" + device.name() + "/rp_filter";
      if (!device.name().startsWith(OURS)
          && ofDevice(name).filter(is -> is.compareTo(over) < 0).isPresent()) {
        wanted.put(name, over);
      }
    }
  }

  private void keepAdvertisements(List<NetDevice> devices, Map<String, String> wanted) {
    if (sysctls.read(FORWARD_IPV6).equals("1")) {
      return;
    }
    for (NetDevice device : devices) {
      String name = "net/ipv6/conf/" + device.name() + "/accept_ra";
      if (!device.name().startsWith(OURS)
          && !device.name().equals("lo")
          && ofDevice(name).filter("1"::equals).isPresent()) {
        wanted.put(name, "2"); // also as a router
      }
    }
  }

  private void write(SortedMap<String, String> wanted) {
    SortedMap<String, String> changed = new TreeMap<>();
    wanted.forEach(
        (name, value) -> {
          String is = sysctls.read(name);
          if (!is.equals(value)) {
            changed.put(name, is);
          }
        });
    if (changed.isEmpty()) {
      return;
    }
    SortedMap<String, String> before = before();
    changed.forEach(before::putIfAbsent);
    files.write(FILE, GSON.toJson(before).getBytes(UTF_8));
    changed.keySet().forEach(name -> sysctls.write(name, wanted.get(name)));
  }

  /** Empty where the device has gone since it was listed. */
  private Optional<String> ofDevice(String name) {
    try {
      return Optional.of(sysctls.read(name));
    } catch (ProblemException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private SortedMap<String, String> before() {
    try {
      TreeMap<String, String> before =
          files
              .read(FILE)
              .map(
                  bytes ->
                      GSON.fromJson(
                          new String(bytes, UTF_8), new TypeToken<TreeMap<String, String>>() {}))
              .orElse(null);
      return before == null ? new TreeMap<>() : before;
    } catch (JsonParseException e) {
      return new TreeMap<>(); // only what uninstall would put back is lost
    }
  }
}
