package io.weir.linux.internal;

import com.sun.jna.Memory;
import io.weir.linux.TestRun;

/**
 * Runs programs on packets. A program that takes no packet writes its context where it was read.
 *
 * <pre>
 * struct bpf_test_run_opts   0 sz u64        8 data_in        16 data_out
 *                           24 data_size_in u32   28 data_size_out u32
 *                           32 ctx_in        40 ctx_out       48 ctx_size_in u32   52 ctx_size_out u32
 *                           56 retval u32    60 repeat i32    64 duration u32      68 flags u32
 *                           72 cpu u32       76 batch_size u32
 * </pre>
 */
final class TestRuns {
  private static final int OPTIONS_BYTES = 80;

  /** Room for what a program puts in front of a packet or behind it. */
  private static final int GROWTH_BYTES = 512;

  private TestRuns() {}

  static TestRun.Result run(int program, TestRun input, String where) {
    boolean packet = input.data().length > 0;
    boolean context = input.context().length > 0;
    int roomBytes = input.data().length + GROWTH_BYTES;
    int contextBytes = input.context().length;
    try (Memory options = new Memory(OPTIONS_BYTES);
        Memory in = new Memory(roomBytes);
        Memory out = new Memory(roomBytes);
        Memory contextIn = new Memory(Math.max(1, contextBytes));
        Memory contextOut = new Memory(Math.max(1, contextBytes))) {
      in.write(0, input.data(), 0, input.data().length);
      contextIn.write(0, input.context(), 0, contextBytes);
      options.clear();
      options.setLong(0, OPTIONS_BYTES);
      if (packet) {
        options.setPointer(8, in);
        options.setPointer(16, out);
        options.setInt(24, input.data().length);
        options.setInt(28, roomBytes);
        options.setInt(60, input.repeat());
      }
      if (context) {
        options.setPointer(32, contextIn);
        options.setInt(48, contextBytes);
      }
      if (context && packet) {
        options.setPointer(40, contextOut);
        options.setInt(52, contextBytes);
      }
      Errors.check(Libbpf.bpf_prog_test_run_opts(program, options), where);
      return new TestRun.Result(
          options.getInt(56),
          packet ? out.getByteArray(0, options.getInt(28)) : new byte[0],
          (packet ? contextOut : contextIn).getByteArray(0, contextBytes),
          options.getInt(64));
    }
  }
}
