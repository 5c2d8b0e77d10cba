package io.weir.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.KernelCheck.Difference;
import io.weir.api.row.Address;
import io.weir.itests.testing.NeedsKernel;
import io.weir.itests.testing.NeedsRoot;
import io.weir.itests.testing.TestNetns;
import io.weir.linux.Linux;
import io.weir.linux.Netlink;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The node's device, damaged where no loop repairs it. */
@NeedsRoot
@NeedsKernel("veth")
class HostDeviceKernelTest {
  private static final String MAC = "02:00:00:00:00:01";
  private static final List<Address> GATEWAYS =
      List.of(Address.parse("10.0.0.1"), Address.parse("fd00:10::1"));

  private final TestNetns netns = TestNetns.create("hostdev");
  private final Linux linux = Linux.open();
  private Netlink netlink;
  private HostDevice device;

  @BeforeEach
  void make() {
    netlink = linux.netlink(netns.path());
    device = new HostDevice(linux, netlink);
    repair();
    assertThat(differences()).isEmpty();
  }

  @AfterEach
  void close() {
    netlink.close();
    linux.close();
    netns.close();
  }

  @Test
  void should_name_and_repair_what_is_wrong_with_the_device() {
    netns.run("ip", "address", "delete", "10.0.0.1/32", "dev", "weir_host");
    netns.run("ip", "address", "add", "10.9.9.9/32", "dev", "weir_host");
    netns.run("ip", "link", "set", "weir_host", "address", "02:00:00:00:00:77");
    netns.run("ip", "link", "set", "weir_net", "mtu", "1400");
    netns.run("ip", "link", "set", "weir_net", "down");
    assertThat(differences())
        .containsExactlyInAnyOrder(
            new Difference("device weir_host address 10.0.0.1", "10.0.0.1", "nothing"),
            new Difference("device weir_host address 10.9.9.9", "nothing", "10.9.9.9"),
            new Difference("device weir_host MAC", MAC, "02:00:00:00:00:77"),
            new Difference("device weir_net MTU", "1500", "1400"),
            new Difference("device weir_net state", "up", "down"));
    repair();
    assertThat(differences()).isEmpty();
  }

  @Test
  void should_name_and_repair_a_device_that_is_gone() {
    netns.run("ip", "link", "delete", "weir_host");
    assertThat(differences())
        .extracting(Difference::what)
        .containsExactly("device weir_host", "device weir_net");
    repair();
    assertThat(differences()).isEmpty();
  }

  private void repair() {
    linux.namespaces().call(netns.path(), () -> device.make(MAC, GATEWAYS, 1500));
  }

  private List<Difference> differences() {
    return device.differences(MAC, GATEWAYS, 1500);
  }
}
