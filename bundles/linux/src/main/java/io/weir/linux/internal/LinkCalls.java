package io.weir.linux.internal;

import com.sun.jna.Memory;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfProgram;
import io.weir.linux.Fd;
import java.nio.file.Path;

/** {@link BpfLink} by libbpf. */
final class LinkCalls implements BpfLink {
  /** {@code enum bpf_link_type}. */
  private static final int CGROUP = 3;

  private static final int XDP = 6;
  private static final int TCX = 11;

  private static final int INFO_BYTES = 64;
  private static final int UNION_AT = 16;

  private final Gate gate;
  private final Fd fd;

  /** Takes {@code fd} over. */
  LinkCalls(Gate gate, int fd) {
    this.gate = gate;
    this.fd = Fds.own(gate, fd);
  }

  @Override
  public LinkInfo info() {
    gate.enter();
    try (Memory raw = new Memory(INFO_BYTES)) {
      raw.clear();
      Errors.check(
          Libbpf.bpf_obj_get_info_by_fd(fd.number(), raw, new int[] {INFO_BYTES}),
          "link of descriptor " + fd.number());
      int type = raw.getInt(0);
      return new LinkInfo(
          raw.getInt(4),
          type,
          raw.getInt(8),
          type == TCX || type == XDP ? raw.getInt(UNION_AT) : 0,
          type == TCX ? raw.getInt(UNION_AT + 4) : type == CGROUP ? raw.getInt(UNION_AT + 8) : -1,
          type == CGROUP ? raw.getLong(UNION_AT) : 0);
    } finally {
      gate.leave();
    }
  }

  @Override
  public Fd fd() {
    return fd;
  }

  @Override
  public void update(BpfProgram program) {
    gate.enter();
    try {
      Errors.check(
          Libbpf.bpf_link_update(fd.number(), program.fd().number(), null),
          "link to program " + program.info().name());
    } finally {
      gate.leave();
    }
  }

  @Override
  public void detach() {
    gate.enter();
    try {
      Errors.check(Libbpf.bpf_link_detach(fd.number()), "link of descriptor " + fd.number());
    } finally {
      gate.leave();
    }
  }

  @Override
  public void pin(Path path) {
    gate.enter();
    try {
      Errors.check(Libbpf.bpf_obj_pin(fd.number(), path.toString()), path + ": pin of link");
    } finally {
      gate.leave();
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
