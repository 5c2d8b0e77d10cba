package io.weir.linux;

/**
 * A rule that sends packets to a table.
 *
 * @param priority lower ones are asked first
 * @param mark of the packet
 * @param mask of the mark; 0 for every packet
 */
public record Rule(boolean ipv6, int priority, int mark, int mask, int table) {}
