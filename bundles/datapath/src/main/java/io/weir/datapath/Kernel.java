package io.weir.datapath;

import io.weir.linux.BpfMap;
import java.util.Set;

/** What lies below the tables: pinned maps, and programs attached to interfaces and sockets. */
interface Kernel extends AutoCloseable {
  /** The pinned map of this name; it is not closed by the caller. */
  BpfMap map(String name);

  /**
   * Puts the pod programs on both sides of a host-side interface, or leaves them where they are.
   *
   * @param device its name
   */
  void attach(int ifindex, String device);

  /** Takes them off; an interface that is gone is no error. */
  void detach(int ifindex);

  /** Interfaces that have the programs now. */
  Set<Integer> attached();

  /** Puts the node's programs on both sides of an uplink, or leaves them where they are. */
  void attachUplink(int ifindex);

  /** Takes them off; an uplink that is gone is no error. */
  void detachUplink(int ifindex);

  /** Uplinks that have the programs now. */
  Set<Integer> uplinks();

  /** Puts the socket programs on the sockets below this cgroup, or leaves them where they are. */
  void attachSockets(String cgroupRoot);

  /** Whether maps of another ABI are there, of which some may be in use; until {@link #tidy}. */
  boolean otherAbi();

  /**
   * Takes away what earlier programs left, once all interfaces and sockets have those of now:
   * programs and maps of another ABI.
   */
  void tidy();

  /** Lets go of descriptors; what is pinned goes on working. */
  @Override
  void close();
}
