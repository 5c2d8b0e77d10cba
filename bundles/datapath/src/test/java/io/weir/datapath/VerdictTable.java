package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Outcome;
import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.packet.Packet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * Tables of single packets, of whose flows nothing is known: packet in, and out come a verdict with
 * its reason, what is told, and the packet as it was.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class VerdictTable {
  static final int A = 1001;
  static final int B = 1002;
  static final int C = 1003;

  TestNode node;
  Pod a;
  Pod b;
  Pod c;
  Pod unready;
  Pod stranger;

  @BeforeAll
  void open() {
    node = new TestNode("verdicts");
    a = node.pod(1, A);
    b = node.pod(2, B);
    c = node.pod(3, C);
    unready = node.pod(4, 1004);
    stranger = node.pod(5, 1005);
  }

  @AfterAll
  void close() {
    node.close();
  }

  /** b is asked by a for some ports only; c asks b for port 80 only, which b does not give it. */
  @BeforeEach
  void reset() {
    node.reset();
    node.unready(unready);
    node.remove(stranger);
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
    node.policy(
        node.isolated(c, Direction.EGRESS, Map.of(B, List.of(TestNode.allow(Packet.TCP, 80, 21)))));
    node.put();
    node.told();
  }

  /**
   * A line of a table.
   *
   * @param toPod met by to_pod at that interface, else by from_pod
   * @param told the first event's text; empty for none
   */
  record Row(String what, Pod at, boolean toPod, byte[] in, String verdict, String told) {
    @Override
    public String toString() {
      return what + ": " + verdict;
    }
  }

  static Row from(Pod pod, String what, Packet in, String verdict, String told) {
    return new Row(what, pod, false, in.bytes(), verdict, told);
  }

  static Row from(Pod pod, String what, byte[] in, String verdict) {
    return new Row(what, pod, false, in, verdict, "");
  }

  static Row to(Pod pod, String what, Packet in, String verdict, String told) {
    return new Row(what, pod, true, in.bytes(), verdict, told);
  }

  private Outcome run(Row row) {
    return row.toPod() ? node.toPod(row.at(), row.in()) : node.fromPod(row.at(), row.in());
  }

  final void check(Row row) {
    Outcome out = run(row);
    assertThat(out.verdict()).isEqualTo(row.verdict());
    assertThat(out.texts().stream().findFirst().orElse("")).startsWith(row.told());
    assertThat(out.bytes()).as("a packet is not touched").isEqualTo(row.in());
  }
}
