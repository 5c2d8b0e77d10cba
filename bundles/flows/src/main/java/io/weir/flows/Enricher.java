package io.weir.flows;

import io.weir.api.Clock;
import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.PolicyRule;
import io.weir.flows.abi.Abi;
import java.util.List;
import java.util.Optional;

/** Gives events the names that hold now. Used by one thread. */
final class Enricher {
  private final Names names;
  private final Clock clock;
  private long number;

  Enricher(Names names, Clock clock) {
    this.names = names;
    this.clock = clock;
  }

  Flow flow(Event event) {
    long now = clock.monotonicNanos();
    boolean spoofed = event.reason() == Abi.REASON_INVALID_SOURCE_IP;
    Optional<Address> from = spoofed ? Optional.empty() : event.ends().map(Event.Ends::source);
    Optional<Address> to = event.ends().map(Event.Ends::destination);
    Party source = names.party(event.sourceEndpoint(), event.sourceIdentity(), from, now);
    Party destination =
        names.party(event.destinationEndpoint(), event.destinationIdentity(), to, now);
    // rules are those of the flow's first packet, whose destination is a reply's source
    Party initiator = event.reply() ? destination : source;
    Party asked = event.reply() ? source : destination;
    return new Flow(
        number++,
        clock.wall(event.nanos()),
        event,
        source,
        destination,
        names.service(event.service(), now),
        said(event, Direction.EGRESS, initiator, now),
        said(event, Direction.INGRESS, asked, now));
  }

  private Flow.Said said(Event event, Direction direction, Party owner, long now) {
    boolean egress = direction == Direction.EGRESS;
    boolean denied = event.has(egress ? Abi.EVENT_DENIED_EGRESS : Abi.EVENT_DENIED_INGRESS);
    int id = egress ? event.egressRule() : event.ingressRule();
    if (id == 0) {
      return denied
          ? new Flow.Said(true, "", names.isolating(owner.endpoint(), direction, now))
          : Flow.Said.NOTHING;
    }
    Optional<PolicyRule> rule = names.rule(id, now);
    return new Flow.Said(
        denied,
        rule.map(PolicyRule::section).orElse("rule " + Integer.toUnsignedString(id)),
        rule.map(PolicyRule::policy).map(List::of).orElse(List.of()));
  }
}
