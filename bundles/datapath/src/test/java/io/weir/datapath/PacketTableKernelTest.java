package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;
import static io.weir.itests.testing.packet.Packet.ACK;
import static io.weir.itests.testing.packet.Packet.FIN;
import static io.weir.itests.testing.packet.Packet.PSH;
import static io.weir.itests.testing.packet.Packet.RST;
import static io.weir.itests.testing.packet.Packet.SYN;

import io.weir.api.row.Address;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.packet.Packet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of packet that begins something, by layer. */
@NeedsRoot
@NeedsKernel("veth")
class PacketTableKernelTest extends PacketTable {
  /** Where in a frame the IP header, and layer 4 without options, begin. */
  private static final int IP = 14;

  private Packet tcp(int port, boolean six, int flags) {
    return Packet.tcp(a.party(), 40000, b.party(), port, six, flags);
  }

  private Packet udp(int port, boolean six) {
    return Packet.udp(a.party(), 40000, b.party(), port, six);
  }

  private Packet other(int protocol, boolean six) {
    return Packet.of(a.party(), b.party(), six, protocol, new byte[16], -1);
  }

  private Packet fromB(int protocol, boolean six) {
    return Packet.of(b.party(), a.party(), six, protocol, new byte[16], -1);
  }

  private Packet icmp(int type, boolean six) {
    return Packet.icmp(a.party(), b.party(), six, bytes(type, 0, 0, 0, 0, 0, 0, 0));
  }

  private Packet echo(boolean request, boolean six) {
    return Packet.echo(a.party(), b.party(), six, request, 77);
  }

  List<Row> protocols() {
    return both(
        six ->
            new Rows(family(six))
                .from(a, "TCP, its rule's port", tcp(80, six, SYN), "redirect")
                .from(a, "TCP, another port", tcp(81, six, SYN), "drop 133")
                .from(a, "UDP, its rule's port", udp(53, six), "redirect")
                .from(a, "UDP, the port of TCP's rule", udp(80, six), "drop 133")
                .from(a, "SCTP, its rule's port", sctp(9, six), "redirect")
                .from(a, "SCTP, another port", sctp(10, six), "drop 133")
                .from(a, "echo request", echo(true, six), "redirect")
                .from(a, "timestamp or node query", icmp(six ? 139 : 13, six), "drop 133")
                .from(a, "IP in IP", other(4, six), "drop 133")
                .from(a, "IPv6 in IP", other(41, six), "drop 133")
                .from(a, "GRE", other(47, six), "drop 133")
                .from(a, "ESP", other(50, six), "drop 133")
                .from(a, "AH", other(51, six), "drop 133")
                .from(a, "UDP-Lite", other(136, six), "drop 133")
                .from(a, "the other family's ICMP", other(six ? 1 : 58, six), "drop 133")
                .from(a, "no next header", other(59, six), "drop 133")
                .from(b, "GRE by one who may ask nobody", fromB(47, six), "drop 133")
                .from(a, "GRE where all is allowed", toC(47, six), "redirect"));
  }

  private Packet sctp(int port, boolean six) {
    return Packet.sctp(a.party(), 40000, b.party(), port, six);
  }

  private Packet toC(int protocol, boolean six) {
    return Packet.of(a.party(), c.party(), six, protocol, new byte[16], -1);
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void should_judge_every_protocol_by_policy(Row row) {
    check(row);
  }

  /** TCP at its header's offset 12 has the length, at 13 the flags; UDP at 4 the length. */
  List<Row> headers() {
    return both(
        six -> {
          byte[] syn = tcp(80, six, SYN).bytes();
          byte[] udp = udp(53, six).bytes();
          int l4 = six ? IP + 40 : IP + 20;
          return new Rows(family(six))
              .from(a, "SYN, push, urgent, ECN", with(syn, l4 + 13, 0xea), "redirect")
              .from(a, "ACK in mid-stream", tcp(80, six, ACK | PSH), "redirect")
              .from(a, "FIN and ACK in mid-stream", tcp(80, six, FIN | ACK), "redirect")
              .from(a, "reset in mid-stream", tcp(80, six, RST), "redirect")
              .told("opened", "reset", "reset")
              .from(a, "reset and ACK in mid-stream", tcp(80, six, RST | ACK), "redirect")
              .told("opened", "reset", "reset")
              .from(a, "reset of what it may not ask", tcp(81, six, RST), "drop 133")
              .from(a, "no flags", with(syn, l4 + 13, 0), "drop 135")
              .from(a, "push and urgent alone", with(syn, l4 + 13, 0x28), "drop 135")
              .from(a, "FIN alone", tcp(80, six, FIN), "drop 135")
              .from(a, "SYN and FIN", tcp(80, six, SYN | FIN), "drop 135")
              .from(a, "SYN and reset", tcp(80, six, SYN | RST), "drop 135")
              .from(a, "SYN, FIN and ACK", tcp(80, six, SYN | FIN | ACK), "drop 135")
              .from(a, "FIN and reset", tcp(80, six, FIN | RST | ACK), "drop 135")
              .from(a, "all flags", with(syn, l4 + 13, 0xff), "drop 135")
              .from(a, "TCP's header of 16 bytes", with(syn, l4 + 12, 0x40), "drop 135")
              .from(a, "TCP's header behind the end", with(syn, l4 + 12, 0x60), "drop 135")
              .from(a, "TCP cut in its header", ended(syn, l4 + 19, six), "drop 134")
              .from(a, "TCP cut in its ports", ended(syn, l4 + 3, six), "drop 134")
              .from(a, "TCP's header not there", ended(syn, l4, six), "drop 134")
              .from(a, "UDP of length 7", with(udp, l4 + 4, 0, 7), "drop 135")
              .from(a, "UDP of length 0", with(udp, l4 + 4, 0, 0), "drop 135")
              .from(a, "UDP longer than the packet", with(udp, l4 + 4, 1, 0), "drop 135")
              .from(a, "UDP shorter than the packet", with(udp, l4 + 4, 0, 8), "redirect")
              .from(a, "UDP cut in its header", ended(udp, l4 + 7, six), "drop 134")
              .from(a, "SCTP cut", ended(sctp(9, six).bytes(), l4 + 11, six), "drop 134")
              .from(a, "ICMP cut", ended(echo(true, six).bytes(), l4 + 7, six), "drop 134");
        });
  }

  /** The frame ends there, and its IP header says so. */
  private static byte[] ended(byte[] frame, int end, boolean six) {
    byte[] cut = cut(frame, end);
    int length = end - IP - (six ? 40 : 0);
    return with(cut, six ? IP + 4 : IP + 2, length >> 8, length & 0xff);
  }

  @ParameterizedTest
  @MethodSource("headers")
  void should_check_headers_of_layer_4(Row row) {
    check(row);
  }

  List<Row> ip4() {
    byte[] syn = tcp(80, false, SYN).bytes();
    Packet good = tcp(80, false, SYN);
    return new Rows(", IPv4")
        .from(a, "ends within ports", cut(syn, IP + 22), "drop 134")
        .from(a, "ends before TCP's flags", cut(syn, IP + 32), "drop 134")
        .from(a, "ends within ICMP's header", cut(echo(true, false).bytes(), IP + 24), "drop 134")
        .from(a, "version 6", with(syn, IP, 0x65), "drop 134")
        .from(a, "version 6, next header 64", with(with(syn, IP, 0x65), IP + 6, 64), "drop 134")
        .from(a, "version 0", with(syn, IP, 0x05), "drop 134")
        .from(a, "header of 0 bytes", with(syn, IP, 0x40), "drop 134")
        .from(a, "header of 16 bytes", with(syn, IP, 0x44), "drop 134")
        .from(a, "header behind the end", with(syn, IP, 0x4f), "drop 134")
        .from(a, "length below the header's", with(syn, IP + 2, 0, 19), "drop 134")
        .from(a, "length 0", with(syn, IP + 2, 0, 0), "drop 134")
        .from(a, "length of the header alone", with(syn, IP + 2, 0, 20), "drop 134")
        .from(a, "length above the packet's", with(syn, IP + 2, 0, 41), "drop 134")
        .from(a, "padding behind the datagram", cut(syn, syn.length + 6), "redirect")
        .from(a, "TCP in the padding", with(syn, IP + 2, 0, 30), "drop 134")
        .from(a, "no operation", good.options(bytes(1, 1, 1, 1)), "redirect")
        .from(a, "no operation, and the end", good.options(bytes(1, 1, 1, 0)), "redirect")
        .from(a, "router alert", good.options(bytes(148, 4, 0, 0)), "redirect")
        .from(a, "40 bytes of options", good.options(new byte[40]), "redirect")
        .from(a, "record route", good.options(bytes(7, 7, 4, 0, 0, 0, 0, 0)), "redirect")
        .from(a, "loose source route", good.options(bytes(131, 3, 4, 0)), "drop 243")
        .from(a, "strict source route", good.options(bytes(1, 137, 3, 4)), "drop 243")
        .from(a, "source route behind the end", good.options(bytes(0, 131, 3, 4)), "redirect")
        .from(a, "an option of length 1", good.options(bytes(7, 1, 0, 0)), "drop 134")
        .from(a, "an option of length 0", good.options(bytes(7, 0, 0, 0)), "drop 134")
        .from(a, "an option behind layer 4", good.options(bytes(7, 5, 0, 0)), "drop 134")
        .from(a, "an option without length", good.options(bytes(1, 1, 1, 7)), "drop 134")
        .from(a, "options, closed port", tcp(81, false, SYN).options(new byte[8]), "drop 133")
        .all();
  }

  @ParameterizedTest
  @MethodSource("ip4")
  void should_check_headers_of_ipv4(Row row) {
    check(row);
  }

  private static final int HOPS = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int OPTIONS = 60;

  /** A chain of headers of 8 bytes, each of the kind given, that ends in TCP. */
  private static byte[] chain(int... kinds) {
    byte[] all = new byte[8 * kinds.length];
    for (int i = 0; i < kinds.length; i++) {
      all[8 * i] = (byte) (i + 1 < kinds.length ? kinds[i + 1] : Packet.TCP);
      if (kinds[i] == OPTIONS || kinds[i] == HOPS) {
        all[8 * i + 2] = 1; /* padding of 4 bytes */
        all[8 * i + 3] = 4;
      }
      if (kinds[i] == ROUTING) {
        all[8 * i + 2] = 4; /* a type in use; no segments are left */
      }
    }
    return all;
  }

  private Packet chained(int... kinds) {
    return tcp(80, true, SYN).extended(chain(kinds), kinds[0]);
  }

  private Packet routed(int type, int segmentsLeft) {
    return tcp(80, true, SYN).extended(bytes(6, 0, type, segmentsLeft, 0, 0, 0, 0), ROUTING);
  }

  List<Row> ip6() {
    byte[] syn = tcp(80, true, SYN).bytes();
    byte[] wrong = with(chain(OPTIONS, OPTIONS), 1, 100);
    byte[] long60 = with(chain(OPTIONS), 1, 100);
    return new Rows(", IPv6")
        .from(a, "ends within ports", cut(syn, IP + 42), "drop 134")
        .from(a, "version 4", with(syn, IP, 0x45), "drop 134")
        .from(a, "length 0", with(syn, IP + 4, 0, 0), "drop 134")
        .from(a, "length above the packet's", with(syn, IP + 4, 0, 21), "drop 134")
        .from(a, "padding behind the datagram", cut(syn, syn.length + 6), "redirect")
        .from(a, "TCP in the padding", with(syn, IP + 4, 0, 10), "drop 134")
        .from(a, "hop-by-hop options", chained(HOPS), "redirect")
        .from(a, "destination options", chained(OPTIONS), "redirect")
        .from(a, "hop-by-hop and destination", chained(HOPS, OPTIONS), "redirect")
        .from(a, "hop-by-hop twice", chained(HOPS, HOPS), "drop 156")
        .from(a, "hop-by-hop behind another", chained(OPTIONS, HOPS), "drop 156")
        .from(a, "a fragment that is whole", chained(FRAGMENT), "redirect")
        .from(a, "options in it", chained(FRAGMENT, OPTIONS), "redirect")
        .from(a, "two fragment headers", chained(FRAGMENT, FRAGMENT), "drop 156")
        .from(a, "routing, at its end", chained(ROUTING), "redirect")
        .from(a, "routing of type 0", routed(0, 0), "drop 156")
        .from(a, "routing of type 0, to go on", routed(0, 1), "drop 156")
        .from(a, "routing of type 2, to go on", routed(2, 1), "drop 156")
        .from(a, "segment routing, to go on", routed(4, 1), "drop 156")
        .from(a, "as RFC 8200 orders them", chained(HOPS, OPTIONS, ROUTING, 44, 60), "redirect")
        .from(a, "six headers", chained(60, 60, 60, 60, 60, 60), "redirect")
        .from(a, "seven headers", chained(60, 60, 60, 60, 60, 60, 60), "drop 156")
        .from(a, "longer than the packet", tcp(80, true, SYN).extended(wrong, 60), "drop 134")
        .from(a, "longer, then TCP", tcp(80, true, SYN).extended(long60, 60), "drop 134")
        .from(a, "cut in a header", ended(chained(60, 60).bytes(), IP + 52, true), "drop 134")
        .from(a, "options, closed port", tcp(81, true, SYN).extended(chain(60), 60), "drop 133")
        .all();
  }

  @ParameterizedTest
  @MethodSource("ip6")
  void should_check_headers_of_ipv6(Row row) {
    check(row);
  }

  private Rows addresses4(Rows rows) {
    Packet out = Packet.udp(a.party(), 40000, WORLD, 53, false);
    Packet in = Packet.udp(WORLD, 40000, a.party(), 53, false);
    Packet byB = Packet.udp(b.party(), 40000, WORLD, 53, false);
    for (String nobody : List.of("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.1.2.3", "240.0.0.1")) {
      rows.from(a, "to " + nobody, out.destination(Address.parse(nobody)), "drop 150")
          .from(a, "from " + nobody, out.source(Address.parse(nobody)), "drop 132")
          .to(a, "from " + nobody + " to a pod", in.source(Address.parse(nobody)), "drop 132")
          .to(a, "to " + nobody + " at a pod", in.destination(Address.parse(nobody)), "drop 150");
    }
    for (String group : List.of("224.0.0.1", "239.255.255.250", "255.255.255.255")) {
      rows.from(a, "to " + group, out.destination(Address.parse(group)), "drop 240")
          .from(a, "from " + group, out.source(Address.parse(group)), "drop 132")
          .to(a, "from " + group + " to a pod", in.source(Address.parse(group)), "drop 132")
          .to(a, "to " + group + " at a pod", in.destination(Address.parse(group)), "drop 240");
    }
    return rows.from(a, "to a link-local address", out.destination(METADATA), "pass")
        .from(a, "from a link-local address", out.source(METADATA), "drop 132")
        .to(a, "from a link-local address to a pod", in.source(METADATA), "pass")
        .from(b, "to a link-local address, by who may not", byB.destination(METADATA), "drop 133");
  }

  private static final Address METADATA = Address.parse("169.254.169.254");

  private Rows addresses6(Rows rows) {
    Packet out = Packet.udp(a.party(), 40000, WORLD, 53, true);
    Packet in = Packet.udp(WORLD, 40000, a.party(), 53, true);
    for (String nobody : List.of("::", "::1")) {
      rows.from(a, "to " + nobody, out.destination(Address.parse(nobody)), "drop 150")
          .from(a, "from " + nobody, out.source(Address.parse(nobody)), "drop 132")
          .to(a, "from " + nobody + " to a pod", in.source(Address.parse(nobody)), "drop 132")
          .to(a, "to " + nobody + " at a pod", in.destination(Address.parse(nobody)), "drop 150");
    }
    Address mapped = Address.of(b.party().address4().mapped());
    for (String group : List.of("ff02::1", "ff05::2", "ff0e::1")) {
      rows.from(a, "to " + group, out.destination(Address.parse(group)), "drop 240")
          .from(a, "from " + group, out.source(Address.parse(group)), "drop 132")
          .to(a, "from " + group + " to a pod", in.source(Address.parse(group)), "drop 132");
    }
    return rows.from(a, "to a mapped address", out.destination(mapped), "drop 150")
        .from(a, "from a mapped address", out.source(mapped), "drop 132")
        .to(a, "from a mapped address to a pod", in.source(mapped), "drop 132")
        .from(a, "to a link-local address", out.destination(Address.parse("fe80::9")), "pass")
        .from(a, "from a link-local address", out.source(Address.parse("fe80::9")), "drop 132");
  }

  List<Row> addresses() {
    return both(six -> six ? addresses6(new Rows(", IPv6")) : addresses4(new Rows(", IPv4")));
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void should_keep_addresses_that_are_nobodys_off_the_wire(Row row) {
    check(row);
  }

  /** The frame with a tag of that kind between its addresses and the rest. */
  private static byte[] tagged(byte[] frame, int kind, int vlan) {
    byte[] tagged = new byte[frame.length + 4];
    System.arraycopy(frame, 0, tagged, 0, 12);
    System.arraycopy(frame, 12, tagged, 16, frame.length - 12);
    return with(tagged, 12, kind >> 8, kind & 0xff, vlan >> 8, vlan & 0xff);
  }

  List<Row> frames() {
    return both(
        six -> {
          byte[] syn = tcp(80, six, SYN).bytes();
          return new Rows(family(six))
              .from(a, "a VLAN", tagged(syn, 0x8100, 5), "drop 182")
              .from(a, "VLAN 0", tagged(syn, 0x8100, 0), "drop 182")
              .from(a, "a provider's VLAN", tagged(syn, 0x88a8, 5), "drop 182")
              .to(b, "a VLAN to a pod", tagged(syn, 0x8100, 5), "drop 182")
              .from(a, "LLDP", with(syn, 12, 0x88, 0xcc), "drop 166")
              .from(a, "a length in place of a type", with(syn, 12, 0, 40), "drop 166")
              .from(a, "MPLS", with(syn, 12, 0x88, 0x47), "drop 166");
        });
  }

  @ParameterizedTest
  @MethodSource("frames")
  void should_take_ip_and_arp_only_and_no_tags(Row row) {
    check(row);
  }

  private static final int DATAGRAM = 7;

  /** A part whose frame says something else of itself than it has. */
  List<Row> fragments() {
    return both(
        six -> {
          Packet udp = Packet.udp(a.party(), 40000, b.party(), 53, six, 56);
          Packet tcp = Packet.of(a.party(), b.party(), six, Packet.TCP, syn80(), -1);
          byte[] first = udp.part(DATAGRAM, 0, 24).bytes();
          int length = IP + (six ? 4 : 2);
          byte[] last = udp.part(9, 24, 64).bytes();
          byte[] far = six ? with(last, IP + 42, 0xff, 0xf8) : with(last, IP + 6, 0x1f, 0xff);
          return new Rows(family(six))
              .from(a, "the last of the first datagram", udp.part(6, 24, 64), "drop 175")
              .from(a, "the first of a datagram", first, "redirect")
              .from(a, "the next", udp.part(DATAGRAM, 24, 48), "redirect")
              .toldNothing()
              .from(a, "the last", udp.part(DATAGRAM, 48, 64), "redirect")
              .toldNothing()
              .from(a, "one that overtakes its first", udp.part(8, 24, 64), "redirect")
              .toldNothing()
              .from(a, "one behind the largest datagram", far, "drop 134")
              .from(
                  a,
                  "not the last, yet odd",
                  with(
                      cut(first, first.length - 1),
                      length,
                      0,
                      (first.length - 1 - IP - (six ? 40 : 0))),
                  "drop 134")
              .from(a, "the first of TCP", tcp.part(10, 0, 24), "redirect")
              .from(a, "one over TCP's flags", tcp.part(10, 8, 40), "drop 134")
              .from(a, "the next of TCP", tcp.part(10, 24, 40), "redirect")
              .toldNothing()
              .from(a, "the first, without TCP's flags", tcp.part(11, 0, 8), "drop 134")
              .from(a, "the first, of a closed port", closed(six).part(12, 0, 24), "drop 133")
              .from(a, "the next, of a closed port", closed(six).part(12, 24, 64), "drop 133")
              .from(a, "an ICMP error's", error(six).part(13, 0, 24), "drop 134")
              .from(a, "an ICMP error's next", error(six).part(13, 24, six ? 56 : 36), "drop 175");
        });
  }

  private static byte[] syn80() {
    return with(new byte[40], 0, 0x9c, 0x40, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, SYN);
  }

  private Packet closed(boolean six) {
    return Packet.udp(a.party(), 40000, b.party(), 54, six, 56);
  }

  private Packet error(boolean six) {
    Packet asked = Packet.udp(b.party(), 1, a.party(), 2, six);
    return Packet.error(a.party(), b.party(), six, six ? 1 : 3, 0, asked);
  }

  /** In this order: rows of one family build on each other. */
  @Test
  void should_check_fragments_one_after_the_other() {
    fragments().forEach(this::check);
  }
}
