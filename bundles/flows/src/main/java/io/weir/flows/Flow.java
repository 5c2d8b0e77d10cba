package io.weir.flows;

import io.weir.api.row.Direction;
import io.weir.api.row.ResourceKey;
import io.weir.flows.abi.Abi;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An event with the names that held when it was read.
 *
 * @param number in the order of reading, no other flow of this reader has it
 * @param service which the client asked for
 * @param egress what the policy of the source, if it has one, said
 * @param ingress what the policy of the destination, if it has one, said
 */
record Flow(
    long number,
    Instant time,
    Event event,
    Party source,
    Party destination,
    Optional<ResourceKey> service,
    Said egress,
    Said ingress)
    implements Seen {

  /** As Hubble calls them. */
  enum Verdict {
    FORWARDED,
    DROPPED,
    AUDIT
  }

  /**
   * What a policy said.
   *
   * @param denied whether it was against
   * @param byRule section of the rule that decided, {@code ingress[0]}; empty where none did
   * @param policies that of the rule; without a rule those that forbid what none allows
   */
  record Said(boolean denied, String byRule, List<ResourceKey> policies) {
    static final Said NOTHING = new Said(false, "", List.of());

    Said {
      policies = List.copyOf(policies);
    }
  }

  Verdict verdict() {
    if (event.type() == Event.Type.DROPPED) {
      return Verdict.DROPPED;
    }
    return event.has(Abi.EVENT_AUDIT) ? Verdict.AUDIT : Verdict.FORWARDED;
  }

  /** Whether it is of the direction that answers; not known of drops. */
  Optional<Boolean> reply() {
    return verdict() == Verdict.DROPPED ? Optional.empty() : Optional.of(event.reply());
  }

  /** Seen from the pod where it was decided or met. */
  Direction direction() {
    if (egress.denied()) {
      return Direction.EGRESS;
    }
    if (ingress.denied()) {
      return Direction.INGRESS;
    }
    if (verdict() == Verdict.DROPPED) {
      return event.has(Abi.EVENT_TO_POD) ? Direction.INGRESS : Direction.EGRESS;
    }
    return (source.endpoint() != 0) != event.reply() ? Direction.EGRESS : Direction.INGRESS;
  }

  /** The service that the source is the answer of. */
  Optional<ResourceKey> sourceService() {
    return event.reply() ? service : Optional.empty();
  }

  /** The service that the destination was asked for as. */
  Optional<ResourceKey> destinationService() {
    return event.reply() ? Optional.empty() : service;
  }

  /** Where it was seen: the veth of the pod that sent it or, where not, that it goes to. */
  Optional<Party.Device> device() {
    Party here = event.has(Abi.EVENT_TO_POD) ? destination : source;
    Party there = event.has(Abi.EVENT_TO_POD) ? source : destination;
    return here.device().or(there::device);
  }

  Place place() {
    return destination.endpoint() != 0 ? Place.TO_ENDPOINT : Place.TO_STACK;
  }

  /** Where it goes on to: {@code flow.TraceObservationPoint}, with the numbers of sub types. */
  enum Place {
    TO_ENDPOINT(0, "to-endpoint"),
    TO_STACK(3, "to-stack");

    final int subType;
    final String words;

    Place(int subType, String words) {
      this.subType = subType;
      this.words = words;
    }
  }
}
