package io.weir.linux.internal;

import io.weir.api.Problem;

/** What nothing works without. */
final class Requirements {
  static final Problem CGROUP2 =
      Problem.of("/proc/self/mounts", "a file system of type cgroup2", "none")
          .remedy("mount -t cgroup2 none /sys/fs/cgroup");

  private Requirements() {}
}
