package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.ProblemException;
import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestCgroup;
import io.weir.itests.testing.TestNetns;
import io.weir.itests.testing.TestPins;
import io.weir.linux.Bpf.ClsactHook;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfMap;
import io.weir.linux.Linux;
import io.weir.linux.MapSpec;
import io.weir.linux.MapType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is pinned is adopted, what is missing or other is loaded, and nothing is left behind. */
@NeedsRoot
class PinsKernelTest {
  private final Linux linux = Linux.open();
  private TestNetns netns;
  private TestPins pins;
  private Path root;

  @BeforeEach
  void make() {
    netns = TestNetns.create("pins");
    netns.run("ip", "link", "add", "host", "type", "veth", "peer", "name", "pod");
    pins = TestPins.create("pins");
    root = pins.path().resolve("n1");
  }

  @AfterEach
  void close() {
    netns.close();
    pins.close();
    linux.close();
  }

  @Test
  void should_load_nothing_when_all_is_pinned() throws Exception {
    Map<String, Integer> first = ids();
    with(Interfaces.Way.CLSACT, kernel -> {});
    assertThat(ids()).isEqualTo(first).containsKeys("from_pod", "to_pod", "connect4", "clock");
  }

  @Test
  void should_have_every_map_of_the_abi_pinned_by_group_and_number() throws Exception {
    with(Interfaces.Way.CLSACT, kernel -> {});
    for (Map.Entry<String, String> map : Abi.MAPS.entrySet()) {
      String group = map.getValue() + "-" + Abi.GROUPS.get(map.getValue());
      assertThat(root.resolve("maps").resolve(group).resolve(map.getKey())).exists();
    }
  }

  @Test
  void should_keep_maps_and_replace_programs_when_an_object_is_another() throws Exception {
    with(
        Interfaces.Way.CLSACT,
        kernel -> kernel.map("policy_slots").update(Revisions.word(7), new byte[12]));
    Map<String, Integer> before = ids();
    ObjectFiles others =
        new ObjectFiles() {
          @Override
          public byte[] object(String name) {
            byte[] elf = new BuiltObjects().object(name);
            return java.util.Arrays.copyOf(elf, elf.length + 1);
          }

          @Override
          public Map<String, Integer> groups() {
            return Abi.GROUPS;
          }
        };
    int[] map = new int[1];
    with(Interfaces.Way.CLSACT, kernel -> map[0] = kernel.map("policy_slots").info().id());
    inside(
        () -> {
          try (PinnedKernel kernel = new PinnedKernel(linux, root, others, Interfaces.Way.CLSACT)) {
            assertThat(kernel.map("policy_slots").info().id()).isEqualTo(map[0]);
            kernel.tidy();
          }
        });
    assertThat(ids()).hasSameSizeAs(before).doesNotContainValue(before.get("from_pod"));
  }

  @Test
  @NeedsKernel("tcx")
  void should_attach_by_tcx_and_adopt_the_links() throws Exception {
    int ifindex = netns.ifindex("host");
    with(
        Interfaces.Way.TCX,
        kernel -> {
          kernel.attach(ifindex, "host");
          kernel.attach(ifindex, "host");
          assertThat(kernel.attached()).containsExactly(ifindex);
        });
    int link = linkId("interfaces/tcx-" + ifindex + "/from_pod");
    with(
        Interfaces.Way.TCX,
        kernel -> {
          assertThat(kernel.attached()).containsExactly(ifindex);
          kernel.attach(ifindex, "host");
        });
    assertThat(linkId("interfaces/tcx-" + ifindex + "/from_pod")).isEqualTo(link);
    with(
        Interfaces.Way.TCX,
        kernel -> {
          kernel.detach(ifindex);
          assertThat(kernel.attached()).isEmpty();
        });
  }

  @Test
  @NeedsKernel("tcx")
  void should_change_the_way_of_attaching_there_and_back() throws Exception {
    int ifindex = netns.ifindex("host");
    ClsactHook from = new ClsactHook(ifindex, true, 1, 1);
    ClsactHook to = new ClsactHook(ifindex, false, 1, 1);
    with(Interfaces.Way.TCX, kernel -> kernel.attach(ifindex, "host"));
    with(
        Interfaces.Way.CLSACT,
        kernel -> {
          kernel.attach(ifindex, "host");
          assertThat(linux.bpf().clsactProgram(from)).contains(idsUnchecked().get("from_pod"));
          assertThat(linux.bpf().clsactProgram(to)).contains(idsUnchecked().get("to_pod"));
        });
    assertThat(root.resolve("interfaces/tcx-" + ifindex)).doesNotExist();
    with(
        Interfaces.Way.TCX,
        kernel -> {
          kernel.attach(ifindex, "host");
          assertThat(linux.bpf().clsactProgram(from)).isEmpty();
          assertThat(linux.bpf().clsactProgram(to)).isEmpty();
        });
    assertThat(root.resolve("interfaces/clsact-" + ifindex)).doesNotExist();
  }

  @Test
  void should_forget_an_interface_that_is_gone() throws Exception {
    int ifindex = netns.ifindex("host");
    with(Interfaces.Way.CLSACT, kernel -> kernel.attach(ifindex, "host"));
    netns.run("ip", "link", "delete", "host");
    with(
        Interfaces.Way.CLSACT,
        kernel -> {
          assertThat(kernel.attached()).containsExactly(ifindex);
          kernel.detach(ifindex);
          assertThat(kernel.attached()).isEmpty();
        });
  }

  @Test
  void should_move_the_socket_programs_to_another_cgroup() throws Exception {
    try (TestCgroup one = TestCgroup.create("pins");
        TestCgroup two = TestCgroup.create("pins")) {
      with(
          Interfaces.Way.CLSACT,
          kernel -> {
            kernel.attachSockets(one.path().toString());
            kernel.attachSockets(one.path().toString());
          });
      assertThat(cgroupOf("connect4")).isEqualTo(linux.cgroups().id(one.path()));
      int link = linkId("sockets/connect4");
      with(Interfaces.Way.CLSACT, kernel -> kernel.attachSockets(one.path().toString()));
      assertThat(linkId("sockets/connect4")).isEqualTo(link);
      with(Interfaces.Way.CLSACT, kernel -> kernel.attachSockets(two.path().toString()));
      assertThat(cgroupOf("connect4")).isEqualTo(linux.cgroups().id(two.path()));
    }
  }

  @Test
  void should_refuse_a_pinned_map_of_another_shape() throws Exception {
    Path pin = root.resolve("maps/endpoints-" + Abi.ABI_ENDPOINTS + "/addresses");
    Files.createDirectories(pin.getParent());
    try (BpfMap other = linux.bpf().createMap(new MapSpec("addresses", MapType.HASH, 4, 4, 8, 0))) {
      other.pin(pin);
    }
    assertThatThrownBy(() -> with(Interfaces.Way.CLSACT, kernel -> {}))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining(pin.toString())
        .hasMessageContaining("keyBytes=16")
        .hasMessageContaining("keyBytes=4")
        .hasMessageEndingWith(
            "raise the ABI number of the group, or take Weir off the node by weir uninstall");
  }

  @Test
  void should_refuse_objects_of_another_abi() {
    Map<String, Integer> groups = new HashMap<>(new TreeMap<>(Abi.GROUPS));
    groups.put("policy", 99);
    ObjectFiles others =
        new ObjectFiles() {
          @Override
          public byte[] object(String name) {
            return new BuiltObjects().object(name);
          }

          @Override
          public Map<String, Integer> groups() {
            return groups;
          }
        };
    assertThatThrownBy(() -> new PinnedKernel(linux, root, others, Interfaces.Way.CLSACT))
        .isInstanceOf(ProblemException.class)
        .hasMessageStartingWith("bundle io.weir.bpf: expected maps of ABI {")
        .hasMessageEndingWith("; install io.weir.bpf and io.weir.datapath of one version");
  }

  @Test
  void should_leave_nothing_behind_when_it_is_removed() throws Exception {
    int ifindex = netns.ifindex("host");
    ClsactHook from = new ClsactHook(ifindex, true, 1, 1);
    with(Interfaces.Way.CLSACT, kernel -> kernel.attach(ifindex, "host"));
    inside(
        () -> {
          assertThat(linux.bpf().clsactProgram(from)).isPresent();
          PinnedKernel.remove(linux, root);
          assertThat(linux.bpf().clsactProgram(from)).isEmpty();
        });
    assertThat(root).doesNotExist();
  }

  @Test
  void should_measure_how_long_a_jiffy_is() throws Exception {
    with(
        Interfaces.Way.CLSACT,
        kernel -> assertThat(kernel.ticks().perSecond()).isIn(100, 250, 300, 1000));
  }

  private void with(Interfaces.Way way, Consumer<PinnedKernel> work) throws Exception {
    inside(
        () -> {
          try (PinnedKernel kernel = new PinnedKernel(linux, root, new BuiltObjects(), way)) {
            work.accept(kernel);
          }
        });
  }

  /** Something that may go wrong in any way. */
  private interface Work {
    void run() throws Exception;
  }

  private void inside(Work work) {
    linux
        .namespaces()
        .call(
            netns.path(),
            () -> {
              work.run();
              return null;
            });
  }

  /** Numbers of the pinned programs, by name. */
  private Map<String, Integer> ids() throws Exception {
    if (!Files.isDirectory(root)) {
      with(Interfaces.Way.CLSACT, kernel -> {});
    }
    return idsUnchecked();
  }

  private Map<String, Integer> idsUnchecked() {
    Map<String, Integer> ids = new TreeMap<>();
    for (Path object : Pins.in(root.resolve("programs"))) {
      for (Path pin : Pins.in(object)) {
        try (var program = linux.bpf().findProgram(pin).orElseThrow()) {
          ids.put(pin.getFileName().toString(), program.info().id());
        }
      }
    }
    return ids;
  }

  private int linkId(String pin) {
    try (BpfLink link = linux.bpf().findLink(root.resolve(pin)).orElseThrow()) {
      return link.info().id();
    }
  }

  private long cgroupOf(String program) {
    try (BpfLink link = linux.bpf().findLink(root.resolve("sockets/" + program)).orElseThrow()) {
      return link.info().cgroupId();
    }
  }
}
