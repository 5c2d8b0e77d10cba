package io.weir.datapath;

import io.weir.api.KernelCheck.Difference;
import io.weir.linux.AttachType;
import io.weir.linux.Bpf;
import io.weir.linux.Bpf.ClsactHook;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Programs on interfaces: those of pods on host-side interfaces, those of the node on uplinks. By
 * tcx a link is pinned as {@code tcx-IFINDEX/PROGRAM}; by clsact, where the qdisc holds the program
 * and there is no link, the program itself is pinned as {@code clsact-IFINDEX/PROGRAM}, to remember
 * where it is.
 */
final class Interfaces {
  /** How programs are attached. */
  enum Way {
    TCX,
    CLSACT
  }

  /** A program and the side of the interface it belongs to. */
  private record Hook(String program, boolean ingress) {
    ClsactHook clsact(int ifindex, int priority) {
      return new ClsactHook(ifindex, ingress, CLSACT_HANDLE, priority);
    }

    AttachType tcx() {
      return ingress ? AttachType.TCX_INGRESS : AttachType.TCX_EGRESS;
    }
  }

  private static final int CLSACT_HANDLE = 1;

  /**
   * Which programs, in the order in which they are attached: what guards comes first.
   *
   * @param directory below which their pins are
   * @param priority of clsact: others have programs on uplinks, too
   */
  enum Kind {
    PODS("interfaces", 1, new Hook("to_pod", false), new Hook("from_pod", true)),
    UPLINKS("uplinks", 87, new Hook("to_uplink", false), new Hook("from_uplink", true));

    private final String directory;
    private final int priority;
    private final List<Hook> hooks;

    Kind(String directory, int priority, Hook... hooks) {
      this.directory = directory;
      this.priority = priority;
      this.hooks = List.of(hooks);
    }
  }

  private final Bpf bpf;
  private final Kind kind;
  private final Path root;
  private final PinnedPrograms programs;
  private final Way way;

  /** Interfaces that are known to have the programs of now, in the way of now. */
  private final Set<Integer> done = new HashSet<>();

  Interfaces(Bpf bpf, Kind kind, Path root, PinnedPrograms programs, Way way) {
    this.bpf = bpf;
    this.kind = kind;
    this.root = root.resolve(kind.directory);
    this.programs = programs;
    this.way = way;
  }

  /** Puts the programs on both sides; what is there in the other way goes afterwards. */
  void attach(int ifindex) {
    if (done.contains(ifindex)) {
      return;
    }
    Path pins = Pins.directory(pins(way, ifindex));
    for (Hook hook : kind.hooks) {
      BpfProgram program = programs.program(hook.program());
      if (way == Way.TCX) {
        attachByTcx(ifindex, hook, program, pins.resolve(hook.program()));
      } else {
        attachByClsact(ifindex, hook, program, pins.resolve(hook.program()));
      }
    }
    remove(way == Way.TCX ? Way.CLSACT : Way.TCX, ifindex);
    done.add(ifindex);
  }

  /** Takes the programs off; an interface that is gone is no error. */
  void detach(int ifindex) {
    done.remove(ifindex);
    for (Way each : Way.values()) {
      remove(each, ifindex);
    }
  }

  /** Interfaces that have, or had when they were last there, the programs. */
  Set<Integer> attached() {
    Set<Integer> all = attached(Way.TCX);
    all.addAll(attached(Way.CLSACT));
    return all;
  }

  /** Those by this way. */
  Set<Integer> attached(Way by) {
    Set<Integer> all = new HashSet<>();
    for (Path pins : Pins.in(root)) {
      int ifindex = ifindex(pins);
      if (pins.equals(pins(by, ifindex))) {
        all.add(ifindex);
      }
    }
    return all;
  }

  private static int ifindex(Path pins) {
    String name = pins.getFileName().toString();
    return Integer.parseInt(name.substring(name.indexOf('-') + 1));
  }

  /**
   * Where the kernel, asked anew, has other programs than it should.
   *
   * @param wanted the interfaces that should have them, by ifindex, with what to call them
   */
  List<Difference> differences(Map<Integer, String> wanted) {
    List<Difference> differences = new ArrayList<>();
    wanted.forEach(
        (ifindex, name) -> {
          for (Hook hook : kind.hooks) {
            String expected = "program " + programs.program(hook.program()).info().id();
            String found = found(ifindex, hook);
            if (!found.equals(expected)) {
              differences.add(new Difference(hook.program() + " on " + name, expected, found));
            }
          }
        });
    for (Path pins : Pins.in(root)) {
      int ifindex = ifindex(pins);
      if (!wanted.containsKey(ifindex) || !pins.equals(pins(way, ifindex))) {
        differences.add(new Difference("pin " + pins, Difference.NOTHING, "programs"));
      }
    }
    return differences;
  }

  private String found(int ifindex, Hook hook) {
    Path pin = pins(way, ifindex).resolve(hook.program());
    if (way == Way.CLSACT) {
      Optional<Integer> program = bpf.clsactProgram(hook.clsact(ifindex, kind.priority));
      if (program.isPresent() && !Files.exists(pin)) {
        return "program " + program.get() + " without pin " + pin;
      }
      return program.map(id -> "program " + id).orElse(Difference.NOTHING);
    }
    try (BpfLink link = bpf.findLink(pin).orElse(null)) {
      if (link == null) {
        return Difference.NOTHING;
      }
      BpfLink.LinkInfo info = link.info();
      if (info.target() == ifindex) {
        return "program " + info.programId();
      }
      return info.target() == 0 ? "a link that is detached" : "a link to ifindex " + info.target();
    }
  }

  private void attachByTcx(int ifindex, Hook hook, BpfProgram program, Path pin) {
    try (BpfLink link = bpf.findLink(pin).orElse(null)) {
      if (link != null && link.info().target() == ifindex) {
        if (link.info().programId() != program.info().id()) {
          link.update(program);
        }
        return;
      }
    }
    Pins.delete(pin); // of an interface that is gone
    try (BpfLink link = bpf.attachToInterface(program, ifindex, hook.tcx())) {
      link.pin(pin);
    }
  }

  private void attachByClsact(int ifindex, Hook hook, BpfProgram program, Path pin) {
    ClsactHook at = hook.clsact(ifindex, kind.priority);
    if (!bpf.clsactProgram(at).equals(Optional.of(program.info().id()))) {
      bpf.attachToClsact(program, at);
    }
    Pins.delete(pin);
    program.pin(pin);
  }

  private void remove(Way other, int ifindex) {
    Path pins = pins(other, ifindex);
    if (!Files.isDirectory(pins)) {
      return;
    }
    for (Hook hook : kind.hooks) {
      if (other == Way.CLSACT) {
        bpf.detachFromClsact(hook.clsact(ifindex, kind.priority));
      } else {
        detachLink(pins.resolve(hook.program()));
      }
    }
    Pins.delete(pins);
  }

  /** At once: a link that is only let go of leaves its interface some time later. */
  private void detachLink(Path pin) {
    try (BpfLink link = bpf.findLink(pin).orElse(null)) {
      if (link != null) {
        link.detach();
      }
    }
  }

  private Path pins(Way of, int ifindex) {
    return root.resolve(of.name().toLowerCase(Locale.ROOT) + "-" + ifindex);
  }
}
