package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.ResourceKey;
import io.weir.flows.abi.Abi;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Gives events the names that hold now. Names are few and events many, so what was found is kept
 * until a name changes, for {@link #KEPT} at most. Used by one thread.
 */
final class Enricher {
  private static final Duration KEPT = Duration.ofSeconds(1);

  /** How long the other direction of an end may take; they follow each other. */
  private static final Duration HALF = Duration.ofSeconds(1);

  private static final int PLACES = 4096;
  private static final long IPV6 = 1L << 32;
  private static final long BELIEVED = 1L << 33;
  private static final int ENDPOINT_SHIFT = 34;

  private final Names names;
  private final OpenFlows open = new OpenFlows(OpenFlows.MOST);
  private long now;
  private long since;
  private long version;

  /** By address, and identity with what is known of the address. */
  private final Recent<Party> parties =
      new Recent<>(PLACES) {
        @Override
        Party find(long high, long low, long key) {
          Optional<Address> address =
              (key & BELIEVED) == 0
                  ? Optional.empty()
                  : Optional.of(new Address((key & IPV6) != 0, high, low));
          return names.party((int) (key >>> ENDPOINT_SHIFT), (int) key, address, now);
        }
      };

  private final Recent<Optional<ResourceKey>> services =
      new Recent<>(PLACES) {
        @Override
        Optional<ResourceKey> find(long number, long unused, long none) {
          return names.service((int) number, now);
        }
      };

  /** By the rule's number, whether it denies, and who is isolated where there is no rule. */
  private final Recent<Flow.Said> said =
      new Recent<>(PLACES) {
        @Override
        Flow.Said find(long rule, long denied, long endpoint) {
          return say((int) rule, denied >> 1 == 0, (denied & 1) != 0, (int) endpoint);
        }
      };

  /** Of addresses whose identity no event told. */
  private final Recent<Integer> identities =
      new Recent<>(PLACES) {
        @Override
        Integer find(long high, long low, long ipv6) {
          return names.identity(new Address(ipv6 != 0, high, low), now);
        }
      };

  Enricher(Names names) {
    this.names = names;
  }

  /**
   * Before events are enriched.
   *
   * @param nanos now
   */
  void begin(long nanos) {
    now = nanos;
    if (names.version() != version || nanos - since >= KEPT.toNanos()) {
      version = names.version();
      since = nanos;
      parties.clear();
      services.clear();
      said.clear();
      identities.clear();
    }
  }

  /**
   * Finds the names of an event.
   *
   * @return false where it is to be shown as part of a later one only
   */
  boolean enrich(RawEvent event) {
    if (event.type.counted()) {
      if (!open.completed(event)) {
        return false;
      }
    } else if (event.type == Event.Type.OPENED) {
      open.opened(event);
    }
    name(event);
    return true;
  }

  /** Shows ends of flows of which one direction's event was lost. */
  void overdue(RawEvent event, Consumer<RawEvent> shown) {
    open.overdue(
        now - HALF.toNanos(),
        event,
        half -> {
          name(half);
          shown.accept(half);
        });
  }

  private void name(RawEvent event) {
    boolean byEndpoint = event.type == Event.Type.DROPPED && event.has(Abi.EVENT_BY_ENDPOINT);
    if (event.type.counted()) {
      identify(event);
    }
    long six = event.ipv6() ? IPV6 : 0;
    long believed = event.hasAddresses() ? BELIEVED : 0;
    long source = Integer.toUnsignedLong(event.sourceIdentity);
    event.source =
        byEndpoint
            ? parties.get(0, 0, (long) event.service << ENDPOINT_SHIFT | source)
            : parties.get(event.sourceHigh, event.sourceLow, believed | six | source);
    event.destination =
        parties.get(
            event.destinationHigh,
            event.destinationLow,
            believed | six | Integer.toUnsignedLong(event.destinationIdentity));
    event.serviceKey =
        byEndpoint || event.service == 0 ? Optional.empty() : services.get(event.service, 0, 0);
    // rules are those of the flow's first packet, whose destination is a reply's source
    Party initiator = event.reply() ? event.destination : event.source;
    Party asked = event.reply() ? event.source : event.destination;
    event.egress =
        said(event.egressRule, true, event.has(Abi.EVENT_DENIED_EGRESS), initiator.endpoint());
    event.ingress =
        said(event.ingressRule, false, event.has(Abi.EVENT_DENIED_INGRESS), asked.endpoint());
  }

  private void identify(RawEvent event) {
    long six = event.ipv6() ? 1 : 0;
    if (event.sourceIdentity == 0) {
      event.sourceIdentity = identities.get(event.sourceHigh, event.sourceLow, six);
    }
    if (event.destinationIdentity == 0) {
      event.destinationIdentity = identities.get(event.destinationHigh, event.destinationLow, six);
    }
  }

  private Flow.Said said(int rule, boolean egress, boolean denied, int endpoint) {
    if (rule == 0 && !denied) {
      return Flow.Said.NOTHING;
    }
    return said.get(rule, (egress ? 0 : 2) | (denied ? 1 : 0), rule == 0 ? endpoint : 0);
  }

  private Flow.Said say(int id, boolean egress, boolean denied, int endpoint) {
    if (id == 0) {
      Direction direction = egress ? Direction.EGRESS : Direction.INGRESS;
      return new Flow.Said(true, "", names.isolating(endpoint, direction, now));
    }
    Optional<PolicyRule> rule = names.rule(id, now);
    return new Flow.Said(
        denied,
        rule.map(PolicyRule::section).orElse("rule " + id),
        rule.map(PolicyRule::policy).map(List::of).orElse(List.of()));
  }
}
