package io.weir.linux;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Devices, addresses, routes, neighbours and rules of one network namespace: that of the thread
 * that opened it, or the one it was opened for. What is deleted and not there is no error: false.
 * Safe for several threads, which wait for each other.
 */
@ProviderType
public interface Netlink extends AutoCloseable {
  List<NetDevice> devices();

  Optional<NetDevice> device(String name);

  Optional<NetDevice> device(int ifindex);

  /**
   * Makes a pair of veths, both down.
   *
   * @return ifindex of the near end
   * @throws LinuxException EEXIST when a name is taken
   */
  int addVeth(Veth veth);

  /**
   * Makes a device that needs no more than a name: {@code bridge}, {@code dummy}, {@code ifb}.
   *
   * @return its ifindex
   */
  int addDevice(String name, String kind);

  boolean deleteDevice(int ifindex);

  void setUp(int ifindex, boolean up);

  /**
   * Whether the device sends and receives: it is up, what it is connected to is too, and the kernel
   * has taken note of that, which happens a moment later and lets packets drop until then. False
   * where there is none.
   */
  boolean running(int ifindex);

  void setMtu(int ifindex, int bytes);

  /**
   * @param mac six bytes, colon-separated
   */
  void setMac(int ifindex, String mac);

  /**
   * @param master ifindex of a bridge; 0 for none
   */
  void setMaster(int ifindex, int master);

  /** Of a device that is down. */
  void rename(int ifindex, String name);

  void moveTo(int ifindex, Path namespace);

  List<DeviceAddress> addresses();

  /** Usable at once: of IPv6, no duplicate is looked for. One that is there already stays. */
  void addAddress(DeviceAddress address);

  boolean deleteAddress(DeviceAddress address);

  /** Of all tables; those that are cached or have several next hops are left out. */
  List<KernelRoute> routes();

  /** Adds a route, or replaces the one of the same prefix, table and metric. */
  void replaceRoute(KernelRoute route);

  boolean deleteRoute(KernelRoute route);

  /** The permanent ones. */
  List<Neighbour> neighbours();

  /** Makes it permanent: nobody is asked for it, and nothing else replaces it. */
  void replaceNeighbour(Neighbour neighbour);

  boolean deleteNeighbour(Neighbour neighbour);

  /** Those that look up a table. */
  List<Rule> rules();

  /** One that is there already stays. */
  void addRule(Rule rule);

  boolean deleteRule(Rule rule);

  @Override
  void close();

  /**
   * A pair of veths to be made.
   *
   * @param mac six bytes, colon-separated; empty lets the kernel choose
   * @param mtu of both ends; 0 lets the kernel choose
   * @param peerNamespace where the far end is; empty for the same
   * @param peerMac as {@code mac}
   */
  record Veth(
      String name,
      String mac,
      int mtu,
      String peerName,
      Optional<Path> peerNamespace,
      String peerMac) {}
}
