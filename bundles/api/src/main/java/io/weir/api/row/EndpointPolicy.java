package io.weir.api.row;

/**
 * The identity of an endpoint and its compiled policies, to be put in force together, after the
 * {@link CompiledPolicy} rows it names and every other row that knows the identity.
 */
public record EndpointPolicy(int endpoint, int identity, int egressSlot, int ingressSlot) {}
