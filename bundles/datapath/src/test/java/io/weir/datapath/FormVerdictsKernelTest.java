package io.weir.datapath;

import static io.weir.itests.testing.packet.Packet.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Forms of packets: cut, malformed, with options and extension headers, of a family that is off.
 */
@NeedsRoot
@NeedsKernel("veth")
class FormVerdictsKernelTest extends VerdictTable {
  List<Row> shapes() {
    List<Row> rows = new ArrayList<>();
    Party one = a.party();
    Party two = b.party();
    byte[] tcp4 = Packet.tcp(one, 40000, two, 80, false, SYN).bytes();
    byte[] tcp6 = Packet.tcp(one, 40000, two, 80, true, SYN).bytes();
    // Frames that end within the IP header are refused by the test-run itself.
    rows.add(from(a, "IPv4, without ports", Arrays.copyOf(tcp4, 36), "drop 134"));
    rows.add(from(a, "TCP, cut before its flags", Arrays.copyOf(tcp4, 46), "drop 134"));
    rows.add(from(a, "IPv6, without ports", Arrays.copyOf(tcp6, 56), "drop 134"));
    rows.add(
        from(
            a,
            "ICMP, cut",
            Arrays.copyOf(Packet.echo(one, two, false, true, 1).bytes(), 38),
            "drop 134"));
    rows.add(from(a, "IPv4 with a header of 16 bytes", with(tcp4, 14, 0x44), "drop 134"));
    rows.add(from(a, "IPv4 of version 6", with(with(tcp4, 14, 0x65), 20, 0x40), "drop 134"));
    rows.add(from(a, "IPv6 of version 4", with(tcp6, 14, 0x45), "drop 134"));
    rows.add(from(a, "neither IP nor ARP", with(with(tcp4, 12, 0x88), 13, 0xcc), "drop 166"));

    Packet good4 = Packet.tcp(one, 40000, two, 80, false, SYN);
    Packet good6 = Packet.tcp(one, 40000, two, 80, true, SYN);
    rows.add(
        from(
            a,
            "options of IPv4",
            good4.options((byte) 1, (byte) 1, (byte) 1, (byte) 0),
            "redirect",
            "opened"));
    rows.add(
        from(
            a,
            "options of IPv4, to a closed port",
            Packet.tcp(one, 40000, two, 81, false, SYN)
                .options((byte) 1, (byte) 1, (byte) 1, (byte) 0),
            "drop 133",
            "dropped 133"));
    rows.add(
        from(a, "IPv4 to a group", good4.destination(Address.parse("224.0.0.1")), "drop 240", ""));
    rows.add(
        from(
            a, "IPv4 to all", good4.destination(Address.parse("255.255.255.255")), "drop 240", ""));
    rows.add(
        from(a, "IPv6 to a group", good6.destination(Address.parse("ff02::1")), "drop 240", ""));

    byte[] hopByHop = {6, 0, 1, 4, 0, 0, 0, 0};
    byte[] destination = {6, 0, 1, 4, 0, 0, 0, 0};
    byte[] both = {60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0};
    byte[] atomic = {6, 0, 0, 0, 0, 0, 0, 9};
    rows.add(from(a, "hop-by-hop options", good6.extended(hopByHop, 0), "redirect", "opened"));
    rows.add(from(a, "destination options", good6.extended(destination, 60), "redirect", "opened"));
    rows.add(
        from(
            a,
            "hop-by-hop and destination options",
            good6.extended(both, 0),
            "redirect",
            "opened"));
    rows.add(from(a, "a fragment that is whole", good6.extended(atomic, 44), "redirect", "opened"));
    rows.add(
        from(
            a,
            "a routing header",
            good6.extended(new byte[] {6, 0, 0, 0, 0, 0, 0, 0}, 43),
            "drop 156",
            "dropped 156"));
    rows.add(
        from(
            a, "seven extension headers", good6.extended(chain(7), 60), "drop 156", "dropped 156"));
    rows.add(
        from(
            a,
            "an extension header longer than the packet",
            good6.extended(new byte[] {6, 100, 1, 4, 0, 0, 0, 0}, 60).bytes(),
            "drop 134"));
    rows.add(
        from(
            a,
            "options in front of a closed port",
            Packet.tcp(one, 40000, two, 81, true, SYN).extended(both, 0),
            "drop 133",
            "dropped 133"));
    return rows;
  }

  private static byte[] chain(int headers) {
    ByteBuffer all = ByteBuffer.allocate(8 * headers);
    for (int i = 1; i <= headers; i++) {
      all.put((byte) (i == headers ? 6 : 60)).put((byte) 0).put(new byte[] {1, 4, 0, 0, 0, 0});
    }
    return all.array();
  }

  private static byte[] with(byte[] frame, int at, int value) {
    byte[] copy = frame.clone();
    copy[at] = (byte) value;
    return copy;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void should_understand_or_drop(Row row) {
    check(row);
  }

  @Test
  void should_drop_a_family_that_is_switched_off() {
    node.ipv6(false);
    node.put();
    assertThat(node.fromPod(a, Packet.udp(a.party(), 1, b.party(), 53, true)).verdict())
        .isEqualTo("drop 139");
    assertThat(node.fromPod(a, Packet.udp(a.party(), 1, b.party(), 53, false)).verdict())
        .isEqualTo("redirect");
  }

  @Test
  void should_cut_flows_of_a_family_that_is_switched_off() {
    Packet packet = Packet.udp(a.party(), 1, b.party(), 53, true);
    node.fromPod(a, packet);
    assertThat(node.fromPod(a, packet).verdict()).isEqualTo("redirect");
    node.ipv6(false);
    node.put();
    assertThat(node.fromPod(a, packet).verdict()).isEqualTo("drop 139");
  }
}
