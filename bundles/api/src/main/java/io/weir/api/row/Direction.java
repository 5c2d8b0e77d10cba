package io.weir.api.row;

/** Seen from the endpoint whose policy is meant. */
public enum Direction {
  EGRESS,
  INGRESS
}
