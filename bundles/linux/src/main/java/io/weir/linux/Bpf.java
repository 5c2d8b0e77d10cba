package io.weir.linux;

import java.nio.file.Path;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** libbpf: compiled objects, maps, programs and links. What it returns is closed by the caller. */
@ProviderType
public interface Bpf {
  /**
   * Reads an object file as clang wrote it; nothing is in the kernel before {@link BpfObject#load}.
   *
   * @param name told in errors
   */
  BpfObject open(String name, byte[] elf);

  BpfMap createMap(MapSpec spec);

  /** The map pinned at {@code pin}; empty where nothing is. */
  Optional<BpfMap> findMap(Path pin);

  Optional<BpfProgram> findProgram(Path pin);

  Optional<BpfLink> findLink(Path pin);

  /**
   * The map of this number, as {@link BpfProgram#mapIds} tells it; empty once it is gone. Needs
   * CAP_SYS_ADMIN.
   */
  Optional<BpfMap> mapById(int id);

  /** By {@link AttachType#TCX_INGRESS}, TCX_EGRESS or XDP. Closed unpinned, it is detached. */
  BpfLink attachToInterface(BpfProgram program, int ifindex, AttachType type);

  BpfLink attachToCgroup(BpfProgram program, Path cgroup, AttachType type);

  /** By name, {@code sys_enter}; closed unpinned, it is detached. */
  BpfLink attachToRawTracepoint(BpfProgram program, String name);

  /**
   * Attaches by the qdisc clsact, which is added where it is missing, and replaces what was there
   * under this handle and priority. There is no link: the qdisc holds the program.
   */
  void attachToClsact(BpfProgram program, ClsactHook hook);

  /** What is not there is no error. The qdisc stays. */
  void detachFromClsact(ClsactHook hook);

  /** Number of the program there. */
  Optional<Integer> clsactProgram(ClsactHook hook);

  /**
   * One side of an interface's clsact.
   *
   * @param handle of the filter, 1 and above
   * @param priority among the filters, 1 to 65535
   */
  record ClsactHook(int ifindex, boolean ingress, int handle, int priority) {}
}
