package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.Fuzz;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Frames of every kind between some parties, and what becomes of them when few bytes are changed.
 */
final class Damage {
  private static final int ETHERNET = 14;

  /** The kernel's test-run takes not much more than a page. */
  private static final int LONGEST = 1500;

  /** Protocols, types, lengths and versions, where a byte may be one. */
  private static final int[] ODD = {
    0, 1, 2, 3, 4, 5, 6, 8, 17, 20, 40, 41, 43, 44, 50, 51, 58, 59, 60, 0x45, 0x46, 0x4f, 0x60, 64,
    128, 129, 131, 132, 133, 134, 135, 136, 137, 143, 255
  };

  private final List<byte[]> seeds = new ArrayList<>();

  /** Of all that these send each other; of the first and the second also ARP and discovery. */
  Damage(List<Party> parties, Pod pod, Party node) {
    for (boolean six : new boolean[] {false, true}) {
      for (Party from : parties) {
        for (Party to : parties) {
          if (from != to) {
            between(from, to, six);
          }
        }
      }
    }
    neighbours(pod.party(), node);
  }

  private void between(Party from, Party to, boolean six) {
    Packet tcp = Packet.tcp(from, 40_000, to, 80, six, Packet.ACK | Packet.PSH);
    Packet back = Packet.tcp(from, 80, to, 40_000, six, Packet.ACK | Packet.PSH);
    add(tcp, back);
    add(Packet.tcp(from, 40_000, to, 80, six, Packet.SYN));
    add(Packet.tcp(from, 80, to, 40_000, six, Packet.SYN | Packet.ACK));
    add(Packet.tcp(from, 40_000, to, 80, six, Packet.RST));
    add(Packet.udp(from, 40_000, to, 53, six), Packet.sctp(from, 40_000, to, 9, six));
    add(Packet.echo(from, to, six, true, 77), Packet.echo(from, to, six, false, 77));
    add(Packet.of(from, to, six, 47, new byte[16], -1));
    add(tcp.part(7, 0, 24), tcp.part(7, 24, 30), back.part(8, 0, 24), back.part(8, 24, 30));
    add(Packet.udp(from, 40_000, to, 53, six, 40).part(9, 8, 24));
    add(Packet.error(from, to, six, six ? 1 : 3, 3, Packet.tcp(to, 40_000, from, 80, six, 16)));
    add(Packet.error(from, to, six, six ? 2 : 3, 4, Packet.tcp(to, 80, from, 40_000, six, 16)));
    if (six) {
      add(tcp.extended(new byte[] {6, 0, 1, 4, 0, 0, 0, 0}, 60));
      add(tcp.extended(new byte[] {43, 0, 1, 4, 0, 0, 0, 0, 6, 0, 4, 0, 0, 0, 0, 0}, 0));
    } else {
      add(tcp.options((byte) 148, (byte) 4, (byte) 0, (byte) 0));
      add(tcp.options((byte) 1, (byte) 131, (byte) 3, (byte) 4));
    }
  }

  private void neighbours(Party pod, Party node) {
    add(Packet.neighbour(pod, node, 135, node.address6()));
    add(Packet.neighbour(pod, node, 136, pod.address6()));
    add(Packet.neighbour(node, pod, 135, pod.address6()));
    seeds.add(Packet.arp(pod, pod.address4(), pod.mac(), 1, node.address4()));
    seeds.add(Packet.arp(pod, pod.address4(), pod.mac(), 2, node.address4()));
  }

  private void add(Packet... packets) {
    for (Packet packet : packets) {
      seeds.add(packet.bytes());
    }
  }

  List<byte[]> seeds() {
    return seeds;
  }

  /** Half of them have right lengths in their IP headers nevertheless. */
  byte[] frame(Fuzz fuzz) {
    Random random = fuzz.random();
    byte[] frame =
        switch (random.nextInt(4)) {
          case 0 -> fuzz.bytes(seeds);
          case 1 -> grafted(fuzz);
          default -> changed(fuzz);
        };
    frame = Arrays.copyOf(frame, Math.min(Math.max(frame.length, ETHERNET), LONGEST));
    frame = Arrays.copyOf(frame, Math.max(frame.length, shortest(frame)));
    return random.nextBoolean() ? measured(frame) : frame;
  }

  /** The kernel runs nothing that ends within its IP header. */
  private static int shortest(byte[] frame) {
    return switch (RawPacket.kind(frame)) {
      case RawPacket.IP4 -> ETHERNET + 20;
      case RawPacket.IP6 -> ETHERNET + 40;
      default -> ETHERNET;
    };
  }

  /** A few bytes behind the addresses of Ethernet. */
  private byte[] changed(Fuzz fuzz) {
    Random random = fuzz.random();
    byte[] frame = fuzz.oneOf(seeds).clone();
    for (int more = random.nextInt(4); more >= 0; more--) {
      int at = ETHERNET + random.nextInt(Math.min(frame.length - ETHERNET, 80));
      frame[at] =
          (byte)
              (random.nextBoolean()
                  ? frame[at] ^ 1 << random.nextInt(8)
                  : ODD[random.nextInt(ODD.length)]);
    }
    return frame;
  }

  /** One frame's head, another's rest, or its bytes at the same place. */
  private byte[] grafted(Fuzz fuzz) {
    Random random = fuzz.random();
    byte[] one = fuzz.oneOf(seeds);
    byte[] other = fuzz.oneOf(seeds);
    int from = ETHERNET + random.nextInt(Math.min(one.length, other.length) - ETHERNET);
    byte[] frame = random.nextBoolean() ? one.clone() : Arrays.copyOf(one, other.length);
    int count =
        frame.length == other.length
            ? other.length - from
            : Math.min(1 << random.nextInt(5), Math.min(one.length, other.length) - from);
    System.arraycopy(other, from, frame, from, count);
    return frame;
  }

  private static byte[] measured(byte[] frame) {
    int kind = RawPacket.kind(frame);
    boolean six = kind == RawPacket.IP6;
    if (!six && kind != RawPacket.IP4) {
      return frame;
    }
    int length = frame.length - ETHERNET - (six ? 40 : 0);
    int at = ETHERNET + (six ? 4 : 2);
    frame[at] = (byte) (length >> 8);
    frame[at + 1] = (byte) length;
    return frame;
  }

  static byte[] bytes(byte[] frame, int at, int count) {
    return frame.length < at + count ? new byte[0] : Arrays.copyOfRange(frame, at, at + count);
  }

  static boolean has(byte[] frame, int at, Address address) {
    return Arrays.equals(bytes(frame, at, address.bytes().length), address.bytes());
  }
}
