package io.weir.api.row;

/**
 * An address block whose identity is known from elsewhere than this node's pods: its own addresses,
 * other nodes, their pods.
 */
public record PrefixIdentity(Prefix prefix, int identity) {}
