package io.weir.linux;

/**
 * A network device.
 *
 * @param kind {@code veth}, {@code bridge}; empty for hardware and loopback
 * @param mac six bytes, colon-separated; empty where it has none
 * @param up whether it is meant to be up
 * @param master ifindex of the bridge it belongs to, or 0
 * @param peer ifindex of a veth's other end, in its namespace; 0 where there is none
 */
public record NetDevice(
    int ifindex, String name, String kind, String mac, int mtu, boolean up, int master, int peer) {}
