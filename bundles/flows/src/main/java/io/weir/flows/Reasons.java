package io.weir.flows;

import io.weir.flows.abi.Abi;
import java.util.Map;
import java.util.Optional;

/** Why packets are dropped: Hubble's names and, for people, words. */
record Reasons(String name, String words) {
  private static final String OWN = "DROP_REASON_UNKNOWN";

  private static final Map<Integer, Reasons> ALL =
      Map.ofEntries(
          entry(Abi.REASON_INVALID_SOURCE_MAC, "INVALID_SOURCE_MAC", "Invalid source mac"),
          entry(Abi.REASON_INVALID_SOURCE_IP, "INVALID_SOURCE_IP", "Invalid source ip"),
          entry(Abi.REASON_POLICY_DENIED, "POLICY_DENIED", "Policy denied"),
          entry(Abi.REASON_INVALID_PACKET, "INVALID_PACKET_DROPPED", "Invalid packet"),
          entry(
              Abi.REASON_INVALID_HEADER,
              "CT_TRUNCATED_OR_INVALID_HEADER",
              "CT: Truncated or invalid header"),
          entry(Abi.REASON_UNKNOWN_L4, "CT_UNKNOWN_L4_PROTOCOL", "CT: Unknown L4 protocol"),
          entry(Abi.REASON_UNSUPPORTED_L3, "UNSUPPORTED_L3_PROTOCOL", "Unsupported L3 protocol"),
          entry(Abi.REASON_WRITE_ERROR, "ERROR_WRITING_TO_PACKET", "Error writing to packet"),
          entry(Abi.REASON_MARTIAN, "UNKNOWN_L3_TARGET_ADDRESS", "Unknown L3 target address"),
          entry(Abi.REASON_STALE_ADDRESS, "STALE_OR_UNROUTABLE_IP", "Stale or unroutable IP"),
          entry(Abi.REASON_MAP_FULL, "CT_MAP_INSERTION_FAILED", "CT: Map insertion failed"),
          entry(
              Abi.REASON_IPV6_EXTENSION,
              "INVALID_IPV6_EXTENSION_HEADER",
              "Invalid IPv6 extension header"),
          entry(Abi.REASON_NO_BACKEND, "SERVICE_BACKEND_NOT_FOUND", "Service backend not found"),
          entry(
              Abi.REASON_NO_POLICY,
              "NO_CONFIGURATION_AVAILABLE_TO_PERFORM_POLICY_DECISION",
              "No configuration available to perform policy decision"),
          entry(Abi.REASON_UNSUPPORTED_L2, "UNSUPPORTED_L2_PROTOCOL", "Unsupported L2 protocol"),
          entry(
              Abi.REASON_NO_FIRST_FRAGMENT,
              "FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND",
              "First logical datagram fragment not found"),
          entry(Abi.REASON_FORBIDDEN_ICMP6, "FORBIDDEN_ICMPV6_MESSAGE", "Forbidden ICMPv6 message"),
          entry(
              Abi.REASON_NO_PROXY,
              "PROXY_REDIRECTION_NOT_SUPPORTED_FOR_PROTOCOL",
              "Proxy redirection not supported for protocol"),
          entry(Abi.REASON_POLICY_DENY, "POLICY_DENY", "Policy denied by denylist"),
          entry(Abi.REASON_VLAN, "VLAN_FILTERED", "VLAN traffic disallowed by VLAN filter"),
          entry(Abi.REASON_AUTH_REQUIRED, "AUTH_REQUIRED", "Authentication required"),
          entry(Abi.REASON_NOT_READY, "DROP_EP_NOT_READY", "Endpoint policy program not available"),
          entry(Abi.REASON_MULTICAST, OWN, "Multicast or broadcast"),
          entry(Abi.REASON_PORTS_TAKEN, OWN, "No source port free for translation"),
          entry(Abi.REASON_ARP, OWN, "Forbidden ARP"),
          entry(Abi.REASON_SOURCE_ROUTE, OWN, "IPv4 source route"),
          entry(Abi.REASON_UNRELATED_ERROR, OWN, "ICMP error of no flow"));

  private static Map.Entry<Integer, Reasons> entry(int number, String name, String words) {
    return Map.entry(number, new Reasons(name, words));
  }

  static Optional<Reasons> known(int number) {
    return Optional.ofNullable(ALL.get(number));
  }

  /** Also of numbers that are not known, which are shown as such. */
  static Reasons of(int number) {
    return known(number).orElseGet(() -> new Reasons(OWN, "Reason " + number));
  }
}
