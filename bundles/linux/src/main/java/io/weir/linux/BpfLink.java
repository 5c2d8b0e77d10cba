package io.weir.linux;

import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** An attached program. It stays attached while this is open or it is pinned. */
@ProviderType
public interface BpfLink extends AutoCloseable {
  LinkInfo info();

  Fd fd();

  /** Puts another program in the place of the one that is attached; no packet is missed. */
  void update(BpfProgram program);

  /** Takes the program off, whoever holds the link. */
  void detach();

  void pin(Path path);

  @Override
  void close();

  /**
   * What the kernel says of a link.
   *
   * @param type a number of {@code enum bpf_link_type}
   * @param programId of the program that is attached
   * @param target ifindex of a link of tcx (0 once the interface is gone) or XDP; else 0
   * @param attachType a number of {@link AttachType}, for tcx and cgroups; else -1
   * @param cgroupId of a link of a cgroup (0 once the cgroup is gone); else 0
   */
  record LinkInfo(int id, int type, int programId, int target, int attachType, long cgroupId) {}
}
