package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.row.Address;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.packet.Party;
import io.weir.linux.Bpf;
import io.weir.linux.Bpf.ClsactHook;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfProgram;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs on uplinks, attached and taken off as an engine does it, with real packets. */
@NeedsRoot
@NeedsKernel({"veth", "cgroup2"})
class UplinkWaysKernelTest {
  private static final int PORT = 8080;
  private static final int PRIORITY = 87;

  private OutsideNode outside;
  private TestCgroup bare;
  private Talk talk;

  @BeforeEach
  void open() {
    outside = new OutsideNode("ways");
    bare = TestCgroup.create("ways-bare");
    talk = new Talk();
    for (String kind : List.of("tcp", "udp")) {
      for (boolean six : new boolean[] {false, true}) {
        talk.serve(outside.server, kind, OutsideNode.server(six), PORT, "server");
      }
    }
  }

  @AfterEach
  void close() {
    talk.close();
    bare.close();
    outside.close();
  }

  private String ask(String kind, boolean six, int port) {
    return talk.ask(
        bare.path(), outside.pod.inside(), kind, OutsideNode.server(six), String.valueOf(port));
  }

  private int flows(boolean six) {
    return outside.node.kernel.map(six ? "flows6" : "flows4").count();
  }

  private ClsactHook hook(boolean ingress, int priority) {
    return new ClsactHook(outside.uplink.ifindex(), ingress, 1, priority);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void should_masquerade_by_clsact(boolean six) {
    outside.attach(Interfaces.Way.CLSACT);
    assertThat(Pins.in(outside.root.resolve("uplinks")).toString())
        .isEqualTo("[" + outside.root.resolve("uplinks/clsact-" + outside.uplink.ifindex()) + "]");
    for (String kind : List.of("tcp", "udp")) {
      assertThat(ask(kind, six, PORT)).startsWith("server");
      assertThat(ask(kind, six, 9)).as("by an error of the server's").isEqualTo("errno 111");
    }
    assertThat(Translations.count(map("nat4"), map("nat6")))
        .isNotEmpty()
        .allSatisfy(
            talks ->
                assertThat(talks.getKey().destination().from()).isIn(outside.uplink.addresses()));
  }

  private BpfMap map(String name) {
    return outside.node.kernel.map(name);
  }

  @Test
  void should_leave_nothing_on_an_uplink_when_it_is_removed_by_clsact() {
    outside.attach(Interfaces.Way.CLSACT);
    Bpf bpf = outside.node.linux.bpf();
    outside.inside(
        () -> {
          BpfProgram others = outside.node.kernel.program("to_uplink");
          bpf.attachToClsact(others, hook(false, 1));
          assertThat(bpf.clsactProgram(hook(true, PRIORITY))).isPresent();
          assertThat(bpf.clsactProgram(hook(false, PRIORITY))).isPresent();
          PinnedKernel.remove(outside.node.linux, outside.root);
          assertThat(bpf.clsactProgram(hook(false, 1))).as("others'").contains(others.info().id());
          bpf.detachFromClsact(hook(false, 1));
        });
    for (String side : List.of("ingress", "egress")) {
      assertThat(outside.node.netns.run("tc", "filter", "show", "dev", "up1", side)).isEmpty();
    }
    checkGone();
  }

  @Test
  @NeedsKernel("tcx")
  void should_leave_nothing_on_an_uplink_when_it_is_removed_by_tcx() {
    outside.attach(Interfaces.Way.TCX);
    Bpf bpf = outside.node.linux.bpf();
    List<BpfLink> links =
        Stream.of("from_uplink", "to_uplink")
            .map(name -> "uplinks/tcx-" + outside.uplink.ifindex() + "/" + name)
            .map(pin -> bpf.findLink(outside.root.resolve(pin)).orElseThrow())
            .toList();
    assertThat(links)
        .allSatisfy(link -> assertThat(link.info().target()).isEqualTo(outside.uplink.ifindex()));
    outside.inside(() -> PinnedKernel.remove(outside.node.linux, outside.root));
    assertThat(links)
        .as("detached, though somebody has them open")
        .allSatisfy(link -> assertThat(link.info().target()).isZero());
    links.forEach(BpfLink::close);
    checkGone();
  }

  /** The pod talks by the stack, under its own address, which the guard would drop. */
  private void checkGone() {
    assertThat(outside.root).doesNotExist();
    for (boolean six : new boolean[] {false, true}) {
      String family = six ? "-6" : "-4";
      String pod = outside.pod.party().address(six).toString();
      String node = outside.uplink.addresses().get(six ? 1 : 0).toString();
      outside.router.run("ip", family, "route", "add", pod, "via", node);
      learn(outside.pod.inside(), outside.node.host.address(six), Party.HOST_MAC, "eth0");
      learn(
          outside.node.netns,
          outside.pod.party().address(six),
          outside.pod.party().mac(),
          outside.pod.device());
      for (String kind : List.of("tcp", "udp")) {
        assertThat(ask(kind, six, PORT)).startsWith("server");
      }
      assertThat(flows(six)).isZero();
    }
  }

  /** The programs were who answered for neighbours. */
  private static void learn(TestNetns where, Address neighbour, String mac, String device) {
    where.run("ip", "neigh", "replace", neighbour.toString(), "lladdr", mac, "dev", device);
  }
}
