package io.weir.linux.internal;

import io.weir.api.Problem;
import io.weir.linux.Cgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** {@link Cgroups} by files. */
final class CgroupCalls implements Cgroups {
  private static final Path MOUNTS = Path.of("/proc/self/mounts");

  private static final String IN_EVERY_CGROUP2 = "cgroup.controllers";

  @Override
  public Path mount() {
    try {
      return mount(Files.readString(MOUNTS));
    } catch (IOException e) {
      throw Errors.of(e, MOUNTS.toString());
    }
  }

  /**
   * @param mounts lines of /proc/self/mounts: device, directory, type, options
   */
  static Path mount(String mounts) {
    return mounts
        .lines()
        .map(line -> line.split(" "))
        .filter(fields -> fields.length > 2 && fields[2].equals("cgroup2"))
        .map(fields -> Path.of(fields[1]))
        .findFirst()
        .orElseThrow(() -> Requirements.CGROUP2.asException());
  }

  @Override
  public Path make(String name) {
    Path path = mount().resolve(name);
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw Errors.of(e, path.toString());
    }
  }

  @Override
  public void join(Path cgroup, long pid) {
    try {
      Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(pid));
    } catch (IOException e) {
      throw Errors.of(e, "process " + pid + " into " + cgroup);
    }
  }

  /** It is the number of the directory's inode. */
  @Override
  public long id(Path cgroup) {
    try {
      long inode = (long) Files.getAttribute(cgroup, "unix:ino");
      if (!Files.exists(cgroup.resolve(IN_EVERY_CGROUP2))) {
        throw Problem.of(cgroup.toString(), "a directory of cgroup2", "another one").asException();
      }
      return inode;
    } catch (IOException e) {
      throw Errors.of(e, cgroup.toString());
    }
  }

  @Override
  public boolean remove(Path cgroup) {
    try {
      Files.delete(cgroup);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw Problem.of(cgroup.toString(), "a cgroup without processes", Errors.text(e))
          .asException();
    }
  }
}
