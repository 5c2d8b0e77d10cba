package io.weir.linux;

import io.weir.linux.internal.LinuxCalls;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The system calls of this machine, made in the network namespace of the calling thread. Closing
 * waits for calls that are under way and refuses later ones.
 */
@ProviderType
public interface Linux extends AutoCloseable {
  Bpf bpf();

  Rings rings();

  Namespaces namespaces();

  /** Opens the calling thread's network namespace; the caller closes it. */
  Netlink netlink();

  /** Opens another network namespace; the caller closes it. */
  Netlink netlink(Path namespace);

  Cgroups cgroups();

  Sysctls sysctls();

  Nft nft();

  /**
   * What this kernel has; what has to be tried for that is tried once, which takes some
   * milliseconds.
   */
  KernelReport kernel();

  /**
   * For use without OSGi.
   *
   * @throws LinuxException when libbpf is not on the machine
   */
  static Linux open() {
    return new LinuxCalls();
  }

  @Override
  void close();
}
