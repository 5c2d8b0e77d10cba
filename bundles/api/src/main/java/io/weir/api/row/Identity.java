package io.weir.api.row;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A security identity: a number that stands for a set of labels.
 *
 * @param number reserved below 128; 256–65535 pods; {@code 0x01000000} and above address blocks of
 *     this node
 * @param labels with their sources, {@code k8s:app} → {@code web}, {@code reserved:host} → empty
 */
public record Identity(int number, SortedMap<String, String> labels) {
  public static final int UNKNOWN = 0;
  public static final int HOST = 1;
  public static final int WORLD = 2;
  public static final int UNMANAGED = 3;
  public static final int HEALTH = 4;
  public static final int INIT = 5;
  public static final int REMOTE_NODE = 6;
  public static final int KUBE_APISERVER = 7;
  public static final int INGRESS = 8;
  public static final int WORLD_IPV4 = 9;
  public static final int WORLD_IPV6 = 10;

  /** The first number of a pod's identity, and the first that is not one. */
  public static final int FIRST_POD = 256;

  public static final int END_POD = 65536;

  /** Scope bits of numbers that stand for an address block. */
  public static final int SCOPE_BLOCK = 0x01000000;

  /**
   * Set in place of {@link #SCOPE_BLOCK} when the address in the block belongs to a pod or node:
   * only rules that match those by address, a NetworkPolicy's {@code ipBlock}, select it.
   */
  public static final int SCOPE_MANAGED_BLOCK = 0x04000000;

  public Identity {
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
  }
}
