package io.weir.datapath;

import static io.weir.datapath.TestNode.WORLD;

import io.weir.datapath.TestNode.Pod;
import io.weir.itests.testing.TestNetns;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * Two pods on real wires, and a server of {@link Sizes} at each end of them: in both pods, on the
 * node and outside, over both families.
 *
 * <pre>
 *   a ──┐
 *       ├── node ──── outside
 *   b ──┘
 * </pre>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PathWorld {
  static final int A = 1001;
  static final int B = 1002;
  static final int PORT = 9000;

  TestNode node;
  Sizes sizes;
  Pod a;
  Pod b;
  TestNetns outside;
  private Wires wires;

  @BeforeAll
  void open() {
    node = new TestNode("path");
    a = node.pod(1, A);
    b = node.pod(2, B);
    node.put();
    wires = new Wires(node);
    wires.connect(a);
    wires.connect(b);
    outside = wires.outside();
    sizes = new Sizes();
    for (boolean six : new boolean[] {false, true}) {
      sizes.serve(a.inside(), a.party().address(six), PORT);
      sizes.serve(b.inside(), b.party().address(six), PORT);
      sizes.serve(outside, WORLD.address(six), PORT);
      sizes.serve(node.netns, node.host.address(six), PORT);
    }
  }

  @AfterAll
  void close() {
    sizes.close();
    wires.close();
    outside.close();
    node.close();
  }

  @BeforeEach
  void reset() {
    node.reset();
  }

  /** An address of a service. */
  static String service(boolean six) {
    return six ? "fd10:96::1" : "10.96.0.1";
  }
}
