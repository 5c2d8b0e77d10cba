package io.weir.api.row;

/**
 * The identity that an endpoint's labels give it; in force once {@link EndpointPolicy} carries it.
 */
public record EndpointIdentity(int endpoint, int identity) {}
