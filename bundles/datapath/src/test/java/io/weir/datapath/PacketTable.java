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
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * Tables "packet in → verdict with its reason, what is told, packet out", a row a line, and the
 * world they are read in: a may ask b for TCP 80, UDP 53, SCTP 9 and echo; a and c are open, b asks
 * nobody.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PacketTable {
  static final int A = 1001;
  static final int B = 1002;
  static final int C = 1003;

  private static final String DROP = "drop ";

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
   * @param told the events, all of them, each as far as its text is written here, to the end of a
   *     word
   */
  record Row(String what, Pod at, boolean toPod, byte[] in, String verdict, List<String> told) {
    @Override
    public String toString() {
      return what + " → " + verdict;
    }
  }

  /**
   * Rows of one table, in order. What passes is told as the flow that it has opened, and what is
   * dropped as dropped, for its reason, unless the row says something else.
   */
  static final class Rows {
    private final List<Row> all = new ArrayList<>();
    private final String suffix;

    Rows(String suffix) {
      this.suffix = suffix;
    }

    Rows from(Pod pod, String what, byte[] in, String verdict) {
      all.add(new Row(what + suffix, pod, false, in, verdict, usual(verdict)));
      return this;
    }

    Rows from(Pod pod, String what, Packet in, String verdict) {
      return from(pod, what, in.bytes(), verdict);
    }

    Rows to(Pod pod, String what, byte[] in, String verdict) {
      all.add(new Row(what + suffix, pod, true, in, verdict, usual(verdict)));
      return this;
    }

    Rows to(Pod pod, String what, Packet in, String verdict) {
      return to(pod, what, in.bytes(), verdict);
    }

    /** What is told of the last row, in order. */
    Rows told(String... texts) {
      Row last = all.remove(all.size() - 1);
      all.add(
          new Row(last.what(), last.at(), last.toPod(), last.in(), last.verdict(), List.of(texts)));
      return this;
    }

    Rows toldNothing() {
      return told();
    }

    List<Row> all() {
      return all;
    }
  }

  private static List<String> usual(String verdict) {
    if (!verdict.startsWith(DROP)) {
      return List.of("opened");
    }
    return NOT_TOLD.contains(reason(verdict)) ? List.of() : List.of("dropped " + reason(verdict));
  }

  private static int reason(String verdict) {
    return Integer.parseInt(verdict.substring(DROP.length()));
  }

  static List<Row> both(Function<Boolean, Rows> table) {
    List<Row> rows = new ArrayList<>(table.apply(false).all());
    rows.addAll(table.apply(true).all());
    return rows;
  }

  static String family(boolean six) {
    return six ? ", IPv6" : ", IPv4";
  }

  private Outcome run(Row row) {
    return row.toPod() ? node.toPod(row.at(), row.in()) : node.fromPod(row.at(), row.in());
  }

  /**
   * The verdict is as written; the packet is as it was; a drop is counted once; so much is told.
   */
  final void check(Row row) {
    Outcome out = run(row);
    assertThat(out.verdict()).isEqualTo(row.verdict());
    assertThat(out.bytes()).as("a packet is not touched").isEqualTo(row.in());
    assertThat(out.drops())
        .isEqualTo(row.verdict().startsWith(DROP) ? Map.of(reason(row.verdict()), 1L) : Map.of());
    assertThat(out.texts()).hasSameSizeAs(row.told());
    for (int i = 0; i < row.told().size(); i++) {
      assertThat(out.texts().get(i) + " ").startsWith(row.told().get(i) + " ");
    }
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
