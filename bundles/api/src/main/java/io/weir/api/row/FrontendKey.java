package io.weir.api.row;

/**
 * What clients of a service connect to.
 *
 * @param protocol IP protocol number
 */
public record FrontendKey(Address address, int port, int protocol) {}
