package io.weir.datapath;

import io.weir.api.KernelCheck.Difference;
import io.weir.linux.AttachType;
import io.weir.linux.Bpf;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfProgram;
import io.weir.linux.Cgroups;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The socket programs on one cgroup, their links pinned as {@code sockets/PROGRAM}. */
final class SocketHooks {
  private static final List<String> PROGRAMS =
      List.of(
          "recvmsg4",
          "recvmsg6",
          "getpeername4",
          "getpeername6",
          "sendmsg4",
          "sendmsg6",
          "connect4",
          "connect6");

  private final Bpf bpf;
  private final Cgroups cgroups;
  private final Path root;
  private final PinnedPrograms programs;

  /** Number of the cgroup that is known to have the programs of now; 0 for none. */
  private long done;

  SocketHooks(Bpf bpf, Cgroups cgroups, Path root, PinnedPrograms programs) {
    this.bpf = bpf;
    this.cgroups = cgroups;
    this.root = root;
    this.programs = programs;
  }

  /** Puts the programs on a cgroup; where they were on another, they leave it afterwards. */
  void attach(Path cgroup) {
    long id = cgroups.id(cgroup);
    if (id == done) {
      return;
    }
    Pins.directory(root);
    for (String name : PROGRAMS) {
      attach(name, cgroup, id);
    }
    done = id;
  }

  /** Where the kernel, asked anew, has other programs on this cgroup than it should. */
  List<Difference> differences(Path cgroup) {
    long id = cgroups.id(cgroup);
    List<Difference> differences = new ArrayList<>();
    for (String name : PROGRAMS) {
      String expected = "program " + programs.program(name).info().id();
      String found = found(name, id);
      if (!found.equals(expected)) {
        differences.add(new Difference(name + " on cgroup " + cgroup, expected, found));
      }
    }
    return differences;
  }

  private String found(String name, long id) {
    try (BpfLink link = bpf.findLink(root.resolve(name)).orElse(null)) {
      if (link == null) {
        return Difference.NOTHING;
      }
      BpfLink.LinkInfo info = link.info();
      if (info.cgroupId() == id) {
        return "program " + info.programId();
      }
      return info.cgroupId() == 0 ? "a link that is detached" : "a link to another cgroup";
    }
  }

  /** Takes all of them off. */
  void detach() {
    PROGRAMS.forEach(name -> detach(root.resolve(name)));
    done = 0;
  }

  private void detach(Path pin) {
    try (BpfLink link = bpf.findLink(pin).orElse(null)) {
      if (link != null) {
        link.detach();
      }
    }
    Pins.delete(pin);
  }

  private void attach(String name, Path cgroup, long id) {
    BpfProgram program = programs.program(name);
    Path pin = root.resolve(name);
    try (BpfLink link = bpf.findLink(pin).orElse(null)) {
      if (link != null && link.info().cgroupId() == id) {
        if (link.info().programId() != program.info().id()) {
          link.update(program);
        }
        return;
      }
    }
    Path fresh = root.resolve(name + "-new");
    Pins.delete(fresh);
    AttachType type = AttachType.valueOf("CGROUP_" + name.toUpperCase(Locale.ROOT));
    try (BpfLink link = bpf.attachToCgroup(program, cgroup, type)) {
      link.pin(fresh);
    }
    detach(pin);
    Pins.rename(fresh, pin);
  }
}
