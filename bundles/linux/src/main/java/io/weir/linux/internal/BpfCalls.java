package io.weir.linux.internal;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import io.weir.api.Problem;
import io.weir.linux.AttachType;
import io.weir.linux.Bpf;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.LinuxException;
import io.weir.linux.MapSpec;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** {@link Bpf} by libbpf. */
final class BpfCalls implements Bpf {
  private static final int MAP_CREATE_OPTIONS_BYTES = 56;

  private final Gate gate;

  BpfCalls(Gate gate) {
    this.gate = gate;
  }

  @Override
  public BpfObject open(String name, byte[] elf) {
    gate.enter();
    try {
      return ObjectCalls.open(gate, name, elf);
    } finally {
      gate.leave();
    }
  }

  @Override
  public BpfMap createMap(MapSpec spec) {
    gate.enter();
    try (Memory options = new Memory(MAP_CREATE_OPTIONS_BYTES)) {
      options.clear();
      options.setLong(0, MAP_CREATE_OPTIONS_BYTES);
      options.setInt(28, spec.flags());
      int fd =
          Libbpf.bpf_map_create(
              spec.type().number(),
              spec.name(),
              spec.keyBytes(),
              spec.valueBytes(),
              spec.maxEntries(),
              options);
      return new MapCalls(gate, Errors.check(fd, "map " + spec.name()));
    } finally {
      gate.leave();
    }
  }

  @Override
  public Optional<BpfMap> findMap(Path pin) {
    return find(pin, "bpf-map", fd -> new MapCalls(gate, fd));
  }

  @Override
  public Optional<BpfProgram> findProgram(Path pin) {
    return find(pin, "bpf-prog", fd -> new ProgramCalls(gate, fd));
  }

  @Override
  public Optional<BpfLink> findLink(Path pin) {
    return find(pin, "bpf-link", fd -> new LinkCalls(gate, fd));
  }

  @Override
  public Optional<BpfMap> mapById(int id) {
    gate.enter();
    try {
      int fd = Libbpf.bpf_map_get_fd_by_id(id);
      return fd == -LinuxException.ENOENT
          ? Optional.empty()
          : Optional.of(new MapCalls(gate, Errors.check(fd, "map " + id)));
    } finally {
      gate.leave();
    }
  }

  @Override
  public BpfLink attachToInterface(BpfProgram program, int ifindex, AttachType type) {
    return link(program, ifindex, type, type + " of interface " + ifindex);
  }

  @Override
  public BpfLink attachToCgroup(BpfProgram program, Path cgroup, AttachType type) {
    gate.enter();
    try {
      int directory = Libc.open(cgroup.toString(), Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
      try {
        return link(program, directory, type, type + " of " + cgroup);
      } finally {
        Libc.close(directory);
      }
    } catch (LastErrorException e) {
      throw Errors.of(e.getErrorCode(), cgroup.toString(), "a directory of cgroup2");
    } finally {
      gate.leave();
    }
  }

  @Override
  public BpfLink attachToRawTracepoint(BpfProgram program, String name) {
    gate.enter();
    try {
      int fd = Libbpf.bpf_raw_tracepoint_open(name, program.fd().number());
      return new LinkCalls(gate, Errors.check(fd, "raw tracepoint " + name));
    } finally {
      gate.leave();
    }
  }

  @Override
  public void attachToClsact(BpfProgram program, ClsactHook hook) {
    gate.enter();
    try {
      Clsact.attach(program.fd().number(), hook);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void detachFromClsact(ClsactHook hook) {
    gate.enter();
    try {
      Clsact.detach(hook);
    } finally {
      gate.leave();
    }
  }

  @Override
  public Optional<Integer> clsactProgram(ClsactHook hook) {
    gate.enter();
    try {
      return Clsact.program(hook);
    } finally {
      gate.leave();
    }
  }

  private BpfLink link(BpfProgram program, int target, AttachType type, String where) {
    gate.enter();
    try {
      int fd = Libbpf.bpf_link_create(program.fd().number(), target, type.number(), null);
      return new LinkCalls(gate, Errors.check(fd, where));
    } finally {
      gate.leave();
    }
  }

  private <T> Optional<T> find(Path pin, String kind, Function<Integer, T> wrap) {
    gate.enter();
    try {
      int fd = Libbpf.bpf_obj_get(pin.toString());
      if (fd == -LinuxException.ENOENT) {
        return Optional.empty();
      }
      Errors.check(fd, pin.toString());
      String came = Kinds.of(fd);
      if (!came.equals(kind)) {
        Fds.close(gate, fd);
        throw new LinuxException(
            LinuxException.EINVAL, Problem.of(pin.toString(), "a pinned " + kind, came));
      }
      return Optional.of(wrap.apply(fd));
    } finally {
      gate.leave();
    }
  }
}
