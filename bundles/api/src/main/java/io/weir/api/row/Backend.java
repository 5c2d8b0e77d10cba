package io.weir.api.row;

/**
 * Where a service's connections go.
 *
 * @param pod {@code namespace/name}, or empty
 */
public record Backend(Address address, int port, String pod) {}
