package io.weir.linux.internal;

import com.sun.jna.Memory;
import io.weir.linux.BpfProgram;
import io.weir.linux.Fd;
import io.weir.linux.TestRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** {@link BpfProgram} by libbpf. */
final class ProgramCalls implements BpfProgram {
  private static final int INFO_BYTES = 80;
  private static final int TAG_AT = 8;
  private static final int MAP_COUNT_AT = 52;
  private static final int MAP_IDS_AT = 56;
  private static final int NAME_AT = 64;

  private final Gate gate;
  private final Fd fd;
  private final ProgramInfo info;

  /** Takes {@code fd} over. */
  ProgramCalls(Gate gate, int fd) {
    this.gate = gate;
    this.fd = Fds.own(gate, fd);
    try (Memory raw = read(null, 0)) {
      info =
          new ProgramInfo(
              raw.getInt(4),
              raw.getInt(0),
              HexFormat.of().formatHex(raw.getByteArray(TAG_AT, 8)),
              raw.getString(NAME_AT, "US-ASCII"));
    }
  }

  @Override
  public ProgramInfo info() {
    return info;
  }

  @Override
  public Fd fd() {
    return fd;
  }

  @Override
  public List<Integer> mapIds() {
    gate.enter();
    try {
      int count;
      try (Memory raw = read(null, 0)) {
        count = raw.getInt(MAP_COUNT_AT);
      }
      if (count == 0) {
        return List.of();
      }
      try (Memory ids = new Memory(count * 4L);
          Memory raw = read(ids, count)) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < Math.min(count, raw.getInt(MAP_COUNT_AT)); i++) {
          numbers.add(ids.getInt(i * 4L));
        }
        return numbers;
      }
    } finally {
      gate.leave();
    }
  }

  @Override
  public TestRun.Result run(TestRun input) {
    gate.enter();
    try {
      return TestRuns.run(fd.number(), input, "test-run of program " + info.name());
    } finally {
      gate.leave();
    }
  }

  @Override
  public void pin(Path path) {
    gate.enter();
    try {
      Errors.check(
          Libbpf.bpf_obj_pin(fd.number(), path.toString()),
          path + ": pin of program " + info.name());
    } finally {
      gate.leave();
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  private Memory read(Memory ids, int count) {
    Memory raw = new Memory(INFO_BYTES);
    raw.clear();
    raw.setInt(MAP_COUNT_AT, count);
    raw.setPointer(MAP_IDS_AT, ids);
    Errors.check(
        Libbpf.bpf_obj_get_info_by_fd(fd.number(), raw, new int[] {INFO_BYTES}),
        "program of descriptor " + fd.number());
    return raw;
  }
}
