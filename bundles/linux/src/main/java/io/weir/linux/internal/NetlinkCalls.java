package io.weir.linux.internal;

import com.sun.jna.LastErrorException;
import io.weir.linux.DeviceAddress;
import io.weir.linux.KernelRoute;
import io.weir.linux.LinuxException;
import io.weir.linux.Neighbour;
import io.weir.linux.NetDevice;
import io.weir.linux.Netlink;
import io.weir.linux.Rule;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

/** {@link Netlink} by rtnetlink. */
final class NetlinkCalls implements Netlink {
  private static final int EADDRNOTAVAIL = 99;

  /** How the kernel says that there is nothing to delete. */
  private static final Set<Integer> ABSENT =
      Set.of(LinuxException.ENOENT, LinuxException.ESRCH, LinuxException.ENODEV, EADDRNOTAVAIL);

  private final Gate gate;
  private final NetlinkSocket socket;

  private NetlinkCalls(Gate gate, NetlinkSocket socket) {
    this.gate = gate;
    this.socket = socket;
  }

  /** In the calling thread's namespace. */
  static NetlinkCalls open(Gate gate) {
    return new NetlinkCalls(gate, NetlinkSocket.open(gate));
  }

  @Override
  public List<NetDevice> devices() {
    return socket.ask(DeviceMessages::dump, "devices").stream()
        .map(DeviceMessages::decode)
        .toList();
  }

  @Override
  public Optional<NetDevice> device(String name) {
    return one(DeviceMessages.byName(name), "device " + name);
  }

  @Override
  public Optional<NetDevice> device(int ifindex) {
    return one(DeviceMessages.byIndex(ifindex), "device " + ifindex);
  }

  @Override
  public int addVeth(Veth veth) {
    String where = "veth " + veth.name() + " with peer " + veth.peerName();
    if (veth.peerNamespace().isEmpty()) {
      socket.request(DeviceMessages.addVeth(veth, -1), where);
    } else {
      withNamespace(
          veth.peerNamespace().get(),
          fd -> socket.request(DeviceMessages.addVeth(veth, fd), where));
    }
    return index(veth.name());
  }

  @Override
  public int addDevice(String name, String kind) {
    socket.request(DeviceMessages.add(name, kind), kind + " " + name);
    return index(name);
  }

  @Override
  public boolean deleteDevice(int ifindex) {
    return delete(DeviceMessages.delete(ifindex), "device " + ifindex);
  }

  @Override
  public void setUp(int ifindex, boolean up) {
    socket.request(DeviceMessages.up(ifindex, up), where(ifindex) + "up");
  }

  @Override
  public void setMtu(int ifindex, int bytes) {
    socket.request(DeviceMessages.mtu(ifindex, bytes), where(ifindex) + "mtu " + bytes);
  }

  @Override
  public void setMac(int ifindex, String mac) {
    socket.request(DeviceMessages.mac(ifindex, mac), where(ifindex) + "mac " + mac);
  }

  @Override
  public void setMaster(int ifindex, int master) {
    socket.request(DeviceMessages.master(ifindex, master), where(ifindex) + "master " + master);
  }

  @Override
  public void rename(int ifindex, String name) {
    socket.request(DeviceMessages.name(ifindex, name), where(ifindex) + "name " + name);
  }

  @Override
  public void moveTo(int ifindex, Path namespace) {
    withNamespace(
        namespace,
        fd ->
            socket.request(
                DeviceMessages.namespace(ifindex, fd), where(ifindex) + "to " + namespace));
  }

  @Override
  public List<DeviceAddress> addresses() {
    return socket.ask(AddressMessages::dump, "addresses").stream()
        .map(AddressMessages::decode)
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public void addAddress(DeviceAddress address) {
    add(AddressMessages.add(address), where(address));
  }

  @Override
  public boolean deleteAddress(DeviceAddress address) {
    return delete(AddressMessages.delete(address), where(address));
  }

  @Override
  public List<KernelRoute> routes() {
    return socket.ask(RouteMessages::dump, "routes").stream()
        .map(RouteMessages::decode)
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public void replaceRoute(KernelRoute route) {
    socket.request(RouteMessages.replace(route), "route " + route.prefix());
  }

  @Override
  public boolean deleteRoute(KernelRoute route) {
    return delete(RouteMessages.delete(route), "route " + route.prefix());
  }

  @Override
  public List<Neighbour> neighbours() {
    return socket.ask(NeighbourMessages::dump, "neighbours").stream()
        .map(NeighbourMessages::decode)
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public void replaceNeighbour(Neighbour neighbour) {
    socket.request(NeighbourMessages.replace(neighbour), "neighbour " + neighbour.address());
  }

  @Override
  public boolean deleteNeighbour(Neighbour neighbour) {
    return delete(NeighbourMessages.delete(neighbour), "neighbour " + neighbour.address());
  }

  @Override
  public List<Rule> rules() {
    return socket.ask(RuleMessages::dump, "rules").stream()
        .map(RuleMessages::decode)
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public void addRule(Rule rule) {
    add(RuleMessages.add(rule), "rule " + rule.priority());
  }

  @Override
  public boolean deleteRule(Rule rule) {
    return delete(RuleMessages.delete(rule), "rule " + rule.priority());
  }

  @Override
  public void close() {
    socket.close();
  }

  @Override
  public boolean running(int ifindex) {
    return reply(DeviceMessages.byIndex(ifindex), "device " + ifindex)
        .filter(DeviceMessages::running)
        .isPresent();
  }

  private Optional<NetDevice> one(NetlinkMessage message, String where) {
    return reply(message, where).map(DeviceMessages::decode);
  }

  private Optional<NetlinkReply> reply(NetlinkMessage message, String where) {
    try {
      return socket.ask(() -> message, where).stream().findFirst();
    } catch (LinuxException e) {
      if (e.errno() == LinuxException.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private int index(String name) {
    return device(name)
        .map(NetDevice::ifindex)
        .orElseThrow(() -> Errors.of(LinuxException.ENODEV, "device " + name));
  }

  private void add(NetlinkMessage message, String where) {
    try {
      socket.request(message, where);
    } catch (LinuxException e) {
      if (e.errno() != LinuxException.EEXIST) {
        throw e;
      }
    }
  }

  private boolean delete(NetlinkMessage message, String where) {
    try {
      socket.request(message, where);
      return true;
    } catch (LinuxException e) {
      if (ABSENT.contains(e.errno())) {
        return false;
      }
      throw e;
    }
  }

  private void withNamespace(Path namespace, IntConsumer action) {
    gate.enter();
    try {
      int fd = Libc.open(namespace.toString(), Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
      try {
        action.accept(fd);
      } finally {
        Libc.close(fd);
      }
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), namespace.toString(), "a network namespace");
    } finally {
      gate.leave();
    }
  }

  private static String where(int ifindex) {
    return "device " + ifindex + ": ";
  }

  private static String where(DeviceAddress address) {
    return "address %s/%s of device %s"
        .formatted(address.address(), address.length(), address.ifindex());
  }
}
