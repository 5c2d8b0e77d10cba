package io.weir.flows;

import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which flows are wanted: of each option that is given, one value has to fit. Without a direction
 * in its name an option fits source or destination. That events were lost is always told.
 */
record Filter(List<Predicate<Flow>> all) {
  private static final Map<String, List<Integer>> PROTOCOLS =
      Map.of(
          "tcp", List.of(Event.TCP),
          "udp", List.of(Event.UDP),
          "sctp", List.of(Event.SCTP),
          "icmp", List.of(Event.ICMP, Event.ICMP6),
          "icmpv4", List.of(Event.ICMP),
          "icmpv6", List.of(Event.ICMP6));

  /** A flow's source or its destination. */
  private enum End {
    SOURCE,
    DESTINATION;

    Party party(Flow flow) {
      return this == SOURCE ? flow.source() : flow.destination();
    }

    int port(Flow flow) {
      return this == SOURCE ? flow.event().sourcePort() : flow.event().destinationPort();
    }

    boolean in(Prefix block, Flow flow) {
      return flow.event()
          .ends()
          .map(ends -> this == SOURCE ? ends.source() : ends.destination())
          .filter((Address address) -> block.contains(address))
          .isPresent();
    }
  }

  static Filter of(Map<String, List<String>> options) {
    String namespace = Query.last(options, "namespace").orElse("default");
    return new Filter(
        List.of(
            ends(options, "namespace", text -> (flow, end) -> in(text, end.party(flow))),
            eachEnd(options, "pod", text -> pod(text, namespace)),
            eachEnd(options, "port", Filter::port),
            eachEnd(options, "ip", Filter::block),
            some(options, "verdict", Filter::verdict),
            some(options, "protocol", Filter::protocol)));
  }

  boolean passes(Seen seen) {
    return !(seen instanceof Flow flow) || all.stream().allMatch(one -> one.test(flow));
  }

  /** {@code --NAME}, {@code --from-NAME} and {@code --to-NAME}. */
  private static Predicate<Flow> eachEnd(
      Map<String, List<String>> options, String name, Reader<BiPredicate<Flow, End>> reader) {
    Predicate<Flow> either = ends(options, name, reader);
    Predicate<Flow> from = some(options, "from-" + name, text -> at(reader.read(text), End.SOURCE));
    Predicate<Flow> to =
        some(options, "to-" + name, text -> at(reader.read(text), End.DESTINATION));
    return either.and(from).and(to);
  }

  private static Predicate<Flow> ends(
      Map<String, List<String>> options, String name, Reader<BiPredicate<Flow, End>> reader) {
    return some(
        options,
        name,
        text -> {
          BiPredicate<Flow, End> fits = reader.read(text);
          return at(fits, End.SOURCE).or(at(fits, End.DESTINATION));
        });
  }

  private static Predicate<Flow> at(BiPredicate<Flow, End> fits, End end) {
    return flow -> fits.test(flow, end);
  }

  /** Whether one of the values fits; everything does where there is none. */
  private static Predicate<Flow> some(
      Map<String, List<String>> options, String name, Reader<Predicate<Flow>> reader) {
    List<Predicate<Flow>> each =
        options.getOrDefault(name, List.of()).stream()
            .flatMap(text -> Arrays.stream(text.split(",", -1)))
            .map(reader::read)
            .toList();
    return flow -> each.isEmpty() || each.stream().anyMatch(one -> one.test(flow));
  }

  private static boolean in(String namespace, Party party) {
    return party.namespace().equals(namespace);
  }

  /** {@code NAME} and all that begins so; {@code NS/NAME}, {@code NS/}, {@code /NAME}. */
  private static BiPredicate<Flow, End> pod(String text, String namespace) {
    int slash = text.indexOf('/');
    String space = slash < 0 ? namespace : text.substring(0, slash);
    String name = text.substring(slash + 1);
    return (flow, end) -> {
      Party party = end.party(flow);
      return !party.pod().isEmpty()
          && (space.isEmpty() || party.namespace().equals(space))
          && party.pod().startsWith(name);
    };
  }

  private static BiPredicate<Flow, End> port(String text) {
    int port = Query.number("--port", text, 0, 65535);
    return (flow, end) -> L4.hasPorts(flow.event().protocol()) && end.port(flow) == port;
  }

  private static BiPredicate<Flow, End> block(String text) {
    try {
      Prefix block = Prefix.parse(text);
      return (flow, end) -> end.in(block, flow);
    } catch (IllegalArgumentException e) {
      throw new Misuse("expected an address or a block after --ip, got \"" + text + '"');
    }
  }

  private static Predicate<Flow> verdict(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    if (Arrays.stream(Flow.Verdict.values()).noneMatch(one -> one.name().equals(name))) {
      throw new Misuse("expected forwarded, dropped or audit after --verdict, got \"" + text + '"');
    }
    return flow -> flow.verdict().name().equals(name);
  }

  private static Predicate<Flow> protocol(String text) {
    List<Integer> numbers = PROTOCOLS.get(text.toLowerCase(Locale.ROOT));
    if (numbers == null) {
      throw new Misuse(
          "expected %s after --protocol, got \"%s\""
              .formatted(
                  PROTOCOLS.keySet().stream().sorted().collect(Collectors.joining(", ")), text));
    }
    return flow -> numbers.contains(flow.event().protocol());
  }

  /** What a value of an option stands for. */
  private interface Reader<T> {
    T read(String text);
  }
}
