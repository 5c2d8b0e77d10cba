package io.weir.linux;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.osgi.annotation.versioning.ProviderType;

/** Network namespaces, named by a file: {@code /run/netns/NAME}, {@code /proc/PID/ns/net}. */
@ProviderType
public interface Namespaces {
  /**
   * Runs {@code work} on a thread of its own inside a namespace and waits for it. Sockets it opens
   * and programs it starts belong to that namespace for good; threads it starts do too.
   *
   * @throws LinuxException when there is no such namespace
   */
  <T> T call(Path namespace, Callable<T> work);

  /** The file of a process's namespace. */
  Path ofProcess(long pid);

  /** What {@code bpf_get_netns_cookie} tells of sockets in the calling thread's namespace. */
  long cookie();

  long cookie(Path namespace);
}
