package io.weir.linux;

import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** Directories of cgroup2. */
@ProviderType
public interface Cgroups {
  /**
   * Where cgroup2 is mounted, which need not be {@code /sys/fs/cgroup}.
   *
   * @throws io.weir.api.ProblemException when it is not
   */
  Path mount();

  /** Makes a directory, and those above it that are missing, below the mount. */
  Path make(String name);

  /** Puts a process, with all its threads, into a directory. */
  void join(Path cgroup, long pid);

  /**
   * The number by which the kernel knows a directory.
   *
   * @throws io.weir.api.ProblemException for one that is not of cgroup2
   */
  long id(Path cgroup);

  /** Removes a directory without processes; false where there is none. */
  boolean remove(Path cgroup);
}
