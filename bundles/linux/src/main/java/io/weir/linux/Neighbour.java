package io.weir.linux;

import io.weir.api.row.Address;

/**
 * Who has an address on a link.
 *
 * @param mac six bytes, colon-separated
 */
public record Neighbour(int ifindex, Address address, String mac) {}
