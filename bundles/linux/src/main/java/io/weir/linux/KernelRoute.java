package io.weir.linux;

import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import java.util.Optional;

/**
 * A route.
 *
 * @param type of {@link Type}, or another number of {@code linux/rtnetlink.h}
 * @param ifindex of the device; 0 for none
 * @param via the gateway
 * @param onlink whether the gateway is reached by the device though no route says so
 * @param source the preferred source address
 * @param table {@link #MAIN} where nothing else is said
 * @param protocol who made it: {@link #KERNEL}, {@link #STATIC}, or a number of one's own
 * @param metric 0 lets the kernel choose
 */
public record KernelRoute(
    int type,
    Prefix prefix,
    int ifindex,
    Optional<Address> via,
    boolean onlink,
    Optional<Address> source,
    int table,
    int protocol,
    int metric) {
  public static final int MAIN = 254;
  public static final int LOCAL_TABLE = 255;
  public static final int KERNEL = 2;
  public static final int STATIC = 4;

  /** The types of routes that are used. */
  public enum Type {
    UNICAST(1),
    LOCAL(2),
    BLACKHOLE(6),
    UNREACHABLE(7);

    private final int number;

    Type(int number) {
      this.number = number;
    }

    /** As in {@code linux/rtnetlink.h}. */
    public int number() {
      return number;
    }
  }

  /** To whoever is on the device itself, in the main table. */
  public static KernelRoute toDevice(Prefix prefix, int ifindex, int protocol) {
    return new KernelRoute(
        Type.UNICAST.number(),
        prefix,
        ifindex,
        Optional.empty(),
        false,
        Optional.empty(),
        MAIN,
        protocol,
        0);
  }

  /** Through a gateway that is reached by the device, in the main table. */
  public static KernelRoute through(Prefix prefix, Address via, int ifindex, int protocol) {
    return new KernelRoute(
        Type.UNICAST.number(),
        prefix,
        ifindex,
        Optional.of(via),
        true,
        Optional.empty(),
        MAIN,
        protocol,
        0);
  }

  /** Refuses what goes there, in the main table. */
  public static KernelRoute unreachable(Prefix prefix, int protocol) {
    return toDevice(prefix, 0, protocol).ofType(Type.UNREACHABLE);
  }

  public KernelRoute inTable(int number) {
    return new KernelRoute(type, prefix, ifindex, via, onlink, source, number, protocol, metric);
  }

  public KernelRoute ofType(Type other) {
    return new KernelRoute(
        other.number(), prefix, ifindex, via, onlink, source, table, protocol, metric);
  }

  public KernelRoute from(Address address) {
    return new KernelRoute(
        type, prefix, ifindex, via, onlink, Optional.of(address), table, protocol, metric);
  }
}
