package io.weir.policy.spec;

import io.weir.api.row.Direction;
import java.util.List;

/**
 * One element of a policy's {@code ingress}, {@code egress}, {@code ingressDeny} or {@code
 * egressDeny}.
 *
 * @param section as flows and explanations name it: {@code ingress[0]}, {@code
 *     specs[1].egressDeny[2]}
 * @param ports any of them; never empty
 */
public record Rule(
    Direction direction, String section, boolean deny, Peers peers, List<PortMatch> ports) {
  public Rule {
    ports = List.copyOf(ports);
  }
}
