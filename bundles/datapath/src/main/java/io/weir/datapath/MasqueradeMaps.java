package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import io.weir.api.row.Uplink;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.MasqueradeLayout;
import io.weir.datapath.abi.UplinkLayout;
import io.weir.linux.BpfMap;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps the maps of group {@code masquerade}, and the node's programs on uplinks. An uplink has its
 * programs before flows may choose it, so that no answer comes by before they are there.
 */
final class MasqueradeMaps {
  private final Kernel kernel;
  private final Runnable raiseAll;
  private final Mirror uplinks;
  private final Mirror unmasqueraded;
  private final BpfMap settings;

  /**
   * @param raiseAll has all flows of pods decided anew: a translation to an address that has gone
   *     is then given up
   */
  MasqueradeMaps(Kernel kernel, Runnable raiseAll) {
    this.kernel = kernel;
    this.raiseAll = raiseAll;
    uplinks = new Mirror(kernel.map("uplinks"));
    unmasqueraded = new Mirror(kernel.map("unmasqueraded"));
    settings = kernel.map("masquerade");
  }

  /**
   * Makes the maps what they should be. Flows that are there keep their translation, whatever the
   * settings say now.
   *
   * @return what went wrong, by device
   */
  Map<String, Problem> put(
      Collection<Uplink> rows, Collection<Prefix> podCidrs, MasqueradeSettings wanted) {
    unmasqueraded.set(blocks(podCidrs, wanted));
    putSettings(encode(wanted));

    Map<String, Problem> problems = new HashMap<>();
    Map<Bytes, byte[]> entries = new LinkedHashMap<>();
    for (Uplink row : rows) {
      try {
        kernel.attachUplink(row.ifindex());
        entries.put(new Bytes(Revisions.word(row.ifindex())), encode(row));
      } catch (ProblemException e) {
        problems.put(row.device(), e.problem());
      }
    }
    boolean lost =
        uplinks.keys().stream().anyMatch(key -> !Arrays.equals(uplinks.get(key), entries.get(key)));
    uplinks.set(entries);
    if (lost) {
      raiseAll.run();
    }
    for (int ifindex : kernel.uplinks()) {
      if (rows.stream().noneMatch(row -> row.ifindex() == ifindex)) {
        kernel.detachUplink(ifindex);
      }
    }
    return problems;
  }

  private void putSettings(byte[] value) {
    byte[] key = Revisions.word(0);
    if (!Arrays.equals(settings.lookup(key).orElseThrow(), value)) {
      settings.update(key, value);
    }
  }

  /** Entries of {@code unmasqueraded}. */
  static Map<Bytes, byte[]> blocks(Collection<Prefix> podCidrs, MasqueradeSettings wanted) {
    Map<Bytes, byte[]> blocks = new LinkedHashMap<>();
    podCidrs.forEach(cidr -> blocks.put(EndpointEncoding.prefixKey(cidr), Revisions.word(1)));
    wanted
        .unmasqueraded()
        .forEach(prefix -> blocks.put(EndpointEncoding.prefixKey(prefix), Revisions.word(1)));
    return blocks;
  }

  static byte[] encode(MasqueradeSettings settings) {
    byte[] value = new byte[MasqueradeLayout.SIZE];
    int flags =
        (settings.ipv4() ? Abi.MASQUERADE_IPV4 : 0) | (settings.ipv6() ? Abi.MASQUERADE_IPV6 : 0);
    MasqueradeLayout.flags(value, 0, flags);
    MasqueradeLayout.firstPort(value, 0, settings.ports().first());
    MasqueradeLayout.lastPort(value, 0, settings.ports().last());
    return value;
  }

  static byte[] encode(Uplink row) {
    byte[] value = new byte[UplinkLayout.SIZE];
    row.addresses().stream()
        .filter(address -> !address.ipv6())
        .findFirst()
        .ifPresent(address -> UplinkLayout.address4(value, 0, (int) address.low()));
    row.addresses().stream()
        .filter(Address::ipv6)
        .findFirst()
        .ifPresent(address -> UplinkLayout.address6(value, 0, address.bytes()));
    return value;
  }
}
