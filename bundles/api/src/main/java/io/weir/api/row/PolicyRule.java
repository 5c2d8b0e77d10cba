package io.weir.api.row;

/**
 * A rule that can decide.
 *
 * @param id stands for the other fields, kept over restarts; never 0
 * @param policy the resource, or {@code Setting//allow-localhost} for what Weir itself allows
 * @param section {@code ingress[0]}, {@code egressDeny[2]}
 */
public record PolicyRule(int id, ResourceKey policy, Direction direction, String section) {}
