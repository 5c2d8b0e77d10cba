package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Direction;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.linux.BpfMap;
import io.weir.linux.MapSpec;
import io.weir.linux.MapType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An engine comes to what one of an earlier ABI has left in force, while pods talk. */
@NeedsRoot
@NeedsKernel({"veth", "tcx"})
class TakeOverKernelTest {
  private static final int PORT = 7777;

  private final OutsideNode outside = new OutsideNode("take-over");
  private final Chatter chatter = new Chatter();
  private final PodPolicies policies = new PodPolicies();
  private final TestCgroup cgroup = TestCgroup.create("take-over");
  private FormerKernel former;

  @AfterEach
  void close() {
    chatter.close();
    if (former != null) {
      former.close();
    }
    outside.close();
    cgroup.close();
  }

  private NodeMaps maps(Kernel kernel) {
    NodeMaps maps =
        new NodeMaps(
            outside.node.linux, kernel, outside.node.netns, outside.node.host, cgroup.path());
    Pod pod = outside.pod;
    maps.uplinks().add(outside.uplink);
    maps.add(pod);
    maps.policy(policies.open(pod, Direction.EGRESS));
    maps.policy(policies.open(pod, Direction.INGRESS));
    return maps;
  }

  private void beginAsBefore(Interfaces.Way way) {
    outside.inside(
        () -> {
          former = new FormerKernel(outside.node.linux, outside.root, way);
          maps(former).put();
        });
  }

  /** Connections through the uplink, which know the node's address only. */
  private Talk.Client talk(boolean six) {
    String server = OutsideNode.server(six);
    chatter.serve(outside.server, server, PORT);
    Talk.Client client =
        chatter.start(outside.pod.inside(), "talk", server, String.valueOf(PORT), "20");
    assertThat(client.line()).isEqualTo("open 20");
    return client;
  }

  @ParameterizedTest
  @EnumSource(Interfaces.Way.class)
  void should_go_on_with_the_flows_and_translations_of_an_earlier_abi(Interfaces.Way way) {
    beginAsBefore(way);
    Talk.Client four = talk(false);
    Talk.Client six = talk(true);
    int flows = idOf(former.pin("flows4"));

    outside.with(
        way,
        kernel -> {
          assertThat(kernel.otherAbi()).isTrue();
          assertThat(kernel.lost())
              .extracting(Problem::where)
              .containsExactly(former.pin("origin_sockets").toString());
          assertThat(kernel.map("flows4").info().id()).isEqualTo(flows);
          assertThat(four.again()).as("with the programs of before").isEqualTo("ok 20");
          maps(kernel).put();
          assertThat(four.again()).as("with the programs of now").isEqualTo("ok 20");
          assertThat(six.again()).isEqualTo("ok 20");
          kernel.tidy();
        });

    assertThat(four.again()).as("without the maps of before").isEqualTo("ok 20");
    assertThat(six.again()).isEqualTo("ok 20");
    assertThat(Files.exists(former.pin("flows4").getParent())).isFalse();
    assertThat(Pins.in(outside.root.resolve("maps"))).hasSameSizeAs(Abi.GROUPS.keySet());
    outside.with(way, kernel -> assertThat(kernel.otherAbi()).isFalse());
  }

  /** What the former policies allowed, and those of now do not, must not go on. */
  @Test
  void should_decide_every_flow_anew() {
    try (FsckNode node = new FsckNode(Interfaces.Way.CLSACT)) {
      int ingress = node.revision(FsckNode.INGRESS);
      Path services = node.pin("services").getParent();
      node.restart(() -> Pins.rename(services, services.resolveSibling("services-0")));
      assertThat(node.revision(FsckNode.INGRESS)).isEqualTo(ingress + 1);
      node.restart();
      assertThat(node.revision(FsckNode.INGRESS)).as("and once only").isEqualTo(ingress + 1);
    }
  }

  @Test
  void should_look_for_translations_of_flows_of_whom_nobody_has_noted_it() {
    beginAsBefore(Interfaces.Way.CLSACT);
    outside.with(
        Interfaces.Way.CLSACT,
        kernel ->
            assertThat(kernel.map("translated").lookup(Revisions.word(outside.pod.id())))
                .hasValue(new byte[] {1}));
  }

  @Test
  void should_go_on_where_a_take_over_was_cut_off() {
    beginAsBefore(Interfaces.Way.TCX);
    Talk.Client four = talk(false);
    outside.with(Interfaces.Way.TCX, kernel -> {});
    outside.with(
        Interfaces.Way.TCX,
        kernel -> {
          assertThat(kernel.otherAbi()).isTrue();
          maps(kernel).put();
        });
    assertThat(four.again()).isEqualTo("ok 20");
  }

  /** Of as many bytes, but who knows of what. */
  @Test
  void should_say_what_cannot_go_on_and_begin_it_empty() throws Exception {
    beginAsBefore(Interfaces.Way.TCX);
    Path pin = former.pin("flows6");
    Files.delete(pin);
    BpfMap like = former.map("flows6");
    try (BpfMap other =
        outside
            .node
            .linux
            .bpf()
            .createMap(
                new MapSpec(
                    "flows6",
                    MapType.of(like.info().type()).orElseThrow(),
                    like.info().keyBytes(),
                    like.info().valueBytes(),
                    like.info().maxEntries(),
                    like.info().flags()))) {
      other.pin(pin);
      outside.with(
          Interfaces.Way.TCX,
          kernel -> {
            List<Problem> lost = kernel.lost();
            assertThat(lost).extracting(Problem::where).contains(pin.toString());
            assertThat(lost)
                .extracting(Problem::sentence)
                .anyMatch(
                    text ->
                        text.contains(pin + ": expected {")
                            && text.endsWith(
                                "nothing; flows of IPv6 are decided anew, and those that are"
                                    + " translated end"));
            assertThat(kernel.map("flows6").info().id()).isNotEqualTo(other.info().id());
            assertThat(kernel.map("nat6").info().id()).isNotEqualTo(idOf(former.pin("nat6")));
            assertThat(kernel.map("flows4").info().id()).isEqualTo(idOf(former.pin("flows4")));
          });
    }
  }

  private int idOf(Path pin) {
    try (BpfMap map = outside.node.linux.bpf().findMap(pin).orElseThrow()) {
      return map.info().id();
    }
  }
}
