package io.weir.linux.internal;

import io.weir.linux.Bpf;
import io.weir.linux.Linux;
import io.weir.linux.Namespaces;
import io.weir.linux.Rings;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** All system calls; the service. */
@Component(service = Linux.class, immediate = true)
public final class LinuxCalls implements Linux {
  private final Gate gate = new Gate("io.weir.linux");
  private final BpfCalls bpf;
  private final RingCalls rings;
  private final NamespaceCalls namespaces;

  public LinuxCalls() {
    Natives.acquire();
    bpf = new BpfCalls(gate);
    rings = new RingCalls(gate);
    namespaces = new NamespaceCalls(gate);
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

  @Deactivate
  @Override
  public void close() {
    rings.closeAll();
    if (gate.close()) {
      Natives.release();
    }
  }
}
