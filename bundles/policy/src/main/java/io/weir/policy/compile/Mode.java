package io.weir.policy.compile;

/**
 * What holds for all policies.
 *
 * @param audit whether denials are told but not enforced
 * @param allowLocalhost whether the node itself always reaches its pods, as their probes must
 */
public record Mode(Enforcement enforcement, boolean audit, boolean allowLocalhost) {
  public static final Mode DEFAULT = new Mode(Enforcement.DEFAULT, false, true);

  /** When what no rule allows is forbidden. */
  public enum Enforcement {
    /** Where a policy selects the endpoint for that direction. */
    DEFAULT,
    /** For every endpoint, both ways. */
    ALWAYS,
    /** Never; policies are not enforced at all. */
    NEVER
  }
}
