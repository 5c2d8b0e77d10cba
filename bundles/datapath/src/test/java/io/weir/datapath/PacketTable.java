package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.packet.Packet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/**
 * Tables "packet in → verdict with its reason, packet out", a row a line, and the world they are
 * read in: a may ask b for TCP 80, UDP 53, SCTP 9 and echo; a and c are open, b asks nobody.
 */
abstract class PacketTable {
  static final int A = 1001;
  static final int B = 1002;
  static final int C = 1003;

  /** These are counted, but told to nobody. */
  private static final List<Integer> NOT_TOLD =
      List.of(Abi.REASON_MULTICAST, Abi.REASON_ARP, Abi.REASON_FORBIDDEN_ICMP6);

  TestNode node;
  Pod a;
  Pod b;
  Pod c;

  @BeforeAll
  void open() {
    node = new TestNode("table");
    a = node.pod(1, A);
    b = node.pod(2, B);
    c = node.pod(3, C);
  }

  @AfterAll
  void close() {
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
    node.policy(
        node.isolated(
            b,
            Direction.INGRESS,
            Map.of(
                A,
                List.of(
                    TestNode.allow(Packet.TCP, 80, 11),
                    TestNode.allow(Packet.UDP, 53, 12),
                    TestNode.allow(Packet.SCTP, 9, 13),
                    TestNode.allow(Packet.ICMP, 8, 14),
                    TestNode.allow(Packet.ICMP6, 128, 15)))));
    node.policy(node.isolated(b, Direction.EGRESS, Map.of()));
    node.put();
    node.told();
  }

  /**
   * A line of a table.
   *
   * @param toPod met by to_pod at that interface, else by from_pod
   */
  record Row(String what, Pod at, boolean toPod, byte[] in, String verdict) {
    @Override
    public String toString() {
      return what + " → " + verdict;
    }
  }

  /** Rows of one table, in order. */
  static final class Rows {
    private final List<Row> all = new ArrayList<>();
    private final String suffix;

    Rows(String suffix) {
      this.suffix = suffix;
    }

    Rows from(Pod pod, String what, byte[] in, String verdict) {
      all.add(new Row(what + suffix, pod, false, in, verdict));
      return this;
    }

    Rows from(Pod pod, String what, Packet in, String verdict) {
      return from(pod, what, in.bytes(), verdict);
    }

    Rows to(Pod pod, String what, byte[] in, String verdict) {
      all.add(new Row(what + suffix, pod, true, in, verdict));
      return this;
    }

    Rows to(Pod pod, String what, Packet in, String verdict) {
      return to(pod, what, in.bytes(), verdict);
    }

    List<Row> all() {
      return all;
    }
  }

  static List<Row> both(java.util.function.Function<Boolean, Rows> table) {
    List<Row> rows = new ArrayList<>(table.apply(false).all());
    rows.addAll(table.apply(true).all());
    return rows;
  }

  static String family(boolean six) {
    return six ? ", IPv6" : ", IPv4";
  }

  Outcome run(Row row) {
    return row.toPod() ? node.toPod(row.at(), row.in()) : node.fromPod(row.at(), row.in());
  }

  /** The verdict is as written; the packet is as it was; a drop is counted once, and told. */
  void check(Row row) {
    Outcome out = run(row);
    assertThat(out.verdict()).isEqualTo(row.verdict());
    assertThat(out.bytes()).as("a packet is not touched").isEqualTo(row.in());
    if (!row.verdict().startsWith("drop")) {
      assertThat(out.drops()).isEmpty();
      return;
    }
    int reason = Integer.parseInt(row.verdict().substring("drop ".length()));
    assertThat(out.drops()).containsOnly(Map.entry(reason, 1L));
    assertThat(out.told().stream().map(Told::reason).toList())
        .isEqualTo(NOT_TOLD.contains(reason) ? List.of() : List.of(reason));
  }

  /** The frame with other bytes at an offset. */
  static byte[] with(byte[] frame, int at, int... values) {
    byte[] copy = frame.clone();
    for (int i = 0; i < values.length; i++) {
      copy[at + i] = (byte) values[i];
    }
    return copy;
  }

  static byte[] cut(byte[] frame, int length) {
    return Arrays.copyOf(frame, length);
  }

  static byte[] bytes(int... values) {
    return with(new byte[values.length], 0, values);
  }
}
