package io.weir.api.row;

/** What a policy says of a new flow. */
public enum PolicyVerdict {
  ALLOW,
  DENY
}
