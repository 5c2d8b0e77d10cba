/**
 * Packets for the programs of {@code bpf/}, with no part of Weir in between: who sends them ({@link
 * io.weir.itests.testing.packet.Party}), what goes in ({@link
 * io.weir.itests.testing.packet.Packet}, whose lengths and checksums are right) and what came out
 * ({@link io.weir.itests.testing.packet.Frame}). Ports, identifiers and protocols are numbers in
 * the order of the host; bytes are as on the wire, from the destination's MAC on.
 */
package io.weir.itests.testing.packet;
