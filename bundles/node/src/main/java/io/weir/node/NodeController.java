package io.weir.node;

import io.weir.api.KernelCheck;
import io.weir.api.Problem;
import io.weir.api.Settings;
import io.weir.api.StateFiles;
import io.weir.api.Uninstaller;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import io.weir.api.row.PrefixIdentity;
import io.weir.api.row.SourceProblem;
import io.weir.api.row.Uplink;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Inputs;
import io.weir.api.table.Loop;
import io.weir.api.table.Owner;
import io.weir.api.table.Tables;
import io.weir.linux.DeviceAddress;
import io.weir.linux.Linux;
import io.weir.linux.NetDevice;
import io.weir.linux.Netlink;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the node's row true. The namespace is looked at anew each second: three netlink dumps of a
 * few devices and addresses cost less than 1 ms, and a missed notification cannot leave an address
 * of the node without its identity.
 */
@Component(
    immediate = true,
    service = {Uninstaller.class, KernelCheck.class})
public final class NodeController implements Uninstaller, KernelCheck {
  private static final String NAME = "io.weir.node";
  private static final Logger LOG = LoggerFactory.getLogger(NodeController.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private final String node;
  private final Linux linux;
  private final Netlink netlink;
  private final HostDevice device;
  private final Epoch<String, LocalNode> rows;
  private final Epoch<Prefix, PrefixIdentity> identities;
  private final Epoch<String, Uplink> uplinks;
  private final Epoch<SourceProblem.Key, SourceProblem> problems;
  private final Loop loop;
  private final Settings.View settings;
  private List<Problem> warned = List.of();
  private boolean removed;

  @Activate
  public NodeController(
      @Reference Tables tables,
      @Reference StateFiles files,
      @Reference Settings declared,
      @Reference Linux linux) {
    this.node = files.places().node();
    this.linux = linux;
    this.netlink = linux.netlink();
    this.device = new HostDevice(linux, netlink);
    this.rows = tables.table(WeirTables.LOCAL_NODE).write(Owner.of(NAME));
    this.identities = tables.table(WeirTables.PREFIX_IDENTITIES).write(Owner.of(NAME));
    this.uplinks = tables.table(WeirTables.UPLINKS).write(Owner.of(NAME));
    this.problems = tables.table(WeirTables.SOURCE_PROBLEMS).write(Owner.of(NAME));
    synchronized (this) { // a step waits until loop and settings are known
      this.loop = tables.loop(NAME, List.of(), this::step);
      this.settings =
          declared.declare(
              NAME,
              loop::wake,
              NodeSettings.POD_CIDR,
              NodeSettings.ENABLE_IPV4,
              NodeSettings.ENABLE_IPV6,
              NodeSettings.MTU,
              NodeSettings.CGROUP_ROOT,
              NodeSettings.DEVICES);
    }
  }

  private synchronized void step(Inputs inputs) {
    if (removed) {
      return;
    }
    NodeView view = new NodeView(node, settings());
    List<NetDevice> devices = netlink.devices();
    int mtu = view.mtu(devices, netlink.routes());
    int ifindex = device.make(view.hostMac(), view.gateways(), mtu);
    List<DeviceAddress> addresses = netlink.addresses();
    LocalNode row = view.row(ifindex, mtu, addresses, linux.namespaces().cookie(), cgroupRoot());
    uplinks.set(view.uplinks(devices, addresses));
    warn(view.problems(devices));
    identities.set(NodeView.identities(row));
    rows.set(Map.of(LocalNode.KEY, row));
    loop.wakeAfter(LOOK_EVERY);
  }

  private void warn(List<Problem> now) {
    now.stream()
        .filter(problem -> !warned.contains(problem))
        .forEach(problem -> LOG.warn("{}", problem.sentence()));
    warned = now;
    SourceProblem.Key key = new SourceProblem.Key(NAME, NodeSettings.DEVICES.key());
    problems.set(now.isEmpty() ? Map.of() : Map.of(key, new SourceProblem(key, List.of(), now)));
  }

  private NodeSettings settings() {
    return NodeSettings.of(
        settings.get(NodeSettings.POD_CIDR),
        settings.get(NodeSettings.ENABLE_IPV4),
        settings.get(NodeSettings.ENABLE_IPV6),
        settings.get(NodeSettings.MTU),
        settings.get(NodeSettings.CGROUP_ROOT),
        settings.get(NodeSettings.DEVICES));
  }

  private String cgroupRoot() {
    String root = settings.get(NodeSettings.CGROUP_ROOT);
    return root.isEmpty() ? linux.cgroups().mount().toString() : root;
  }

  @Override
  public List<Difference> differences() {
    NodeView view = new NodeView(node, settings());
    int mtu = view.mtu(netlink.devices(), netlink.routes());
    return device.differences(view.hostMac(), view.gateways(), mtu);
  }

  @Override
  public synchronized void repair() {
    if (!removed) {
      NodeView view = new NodeView(node, settings());
      int mtu = view.mtu(netlink.devices(), netlink.routes());
      device.make(view.hostMac(), view.gateways(), mtu);
      loop.wake(); // the device may be another by now
    }
  }

  @Override
  public String what() {
    return "device " + NodeView.HOST_DEVICE;
  }

  @Override
  public synchronized void uninstall() {
    removed = true;
    device.remove();
  }

  @Override
  public int order() {
    return 90;
  }

  @Deactivate
  public void stop() {
    loop.close();
    settings.close();
    identities.close();
    uplinks.close();
    problems.close();
    rows.close();
    netlink.close();
  }
}
