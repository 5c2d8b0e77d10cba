package io.weir.linux.internal;

import io.weir.api.Descriptors;
import io.weir.api.StateFiles.Places;
import io.weir.linux.Bpf;
import io.weir.linux.Cgroups;
import io.weir.linux.EngineLock;
import io.weir.linux.KernelReport;
import io.weir.linux.Linux;
import io.weir.linux.Namespaces;
import io.weir.linux.Netlink;
import io.weir.linux.Nft;
import io.weir.linux.Rings;
import io.weir.linux.Sysctls;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** All system calls; the service. */
@Component(
    service = {Linux.class, Descriptors.class},
    immediate = true)
public final class LinuxCalls implements Linux, Descriptors {
  private final Gate gate = new Gate("io.weir.linux");
  private final KernelProbe probe = new KernelProbe(gate);
  private final BpfCalls bpf;
  private final RingCalls rings;
  private final NamespaceCalls namespaces;
  private final CgroupCalls cgroups = new CgroupCalls();
  private final SysctlCalls sysctls;
  private final NftCalls nft = new NftCalls();
  private final StoreCalls store;

  public LinuxCalls() {
    Natives.acquire();
    bpf = new BpfCalls(gate);
    rings = new RingCalls(gate);
    namespaces = new NamespaceCalls(gate);
    sysctls = new SysctlCalls(namespaces);
    store = new StoreCalls(gate, System.getenv("NOTIFY_SOCKET"));
  }

  /** In a container: nothing is put into the kernel beside another engine of this name. */
  @Activate
  void engine() {
    try {
      EngineLock.hold(Places.here());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public Bpf bpf() {
    return bpf;
  }

  @Override
  public Rings rings() {
    return rings;
  }

  @Override
  public Namespaces namespaces() {
    return namespaces;
  }

  @Override
  public Netlink netlink() {
    return NetlinkCalls.open(gate);
  }

  @Override
  public Netlink netlink(Path namespace) {
    return namespaces.call(namespace, () -> NetlinkCalls.open(gate));
  }

  @Override
  public Cgroups cgroups() {
    return cgroups;
  }

  @Override
  public Sysctls sysctls() {
    return sysctls;
  }

  @Override
  public Nft nft() {
    return nft;
  }

  @Override
  public KernelReport kernel() {
    return KernelReading.report(probe.facts());
  }

  @Override
  public void close(int descriptor) {
    Fds.close(gate, descriptor);
  }

  @Override
  public boolean store(String name, int descriptor) {
    return store.store(name, descriptor);
  }

  @Override
  public boolean store(String name, byte[] record) {
    return store.store(name, record);
  }

  @Override
  public void tell(String state) {
    store.tell(state);
  }

  @Override
  public void unstore(String name) {
    store.unstore(name);
  }

  /**
   * Named apart: of two methods {@code close} SCR takes the one that it can give a reason, an int.
   */
  @Deactivate
  public void deactivate() {
    close();
  }

  @Override
  public void close() {
    rings.closeAll();
    if (gate.close()) {
      Natives.release();
    }
  }
}
