package io.weir.linux.internal;

import com.sun.jna.Memory;
import io.weir.linux.Bpf.ClsactHook;
import io.weir.linux.LinuxException;
import java.util.Optional;

/**
 * Programs held by the qdisc clsact.
 *
 * <pre>
 * struct bpf_tc_hook   0 sz u64   8 ifindex i32   12 attach_point u32   16 parent u32
 * struct bpf_tc_opts   0 sz u64   8 prog_fd i32   12 flags u32   16 prog_id u32   20 handle u32   24 priority u32
 * </pre>
 */
final class Clsact {
  private static final int HOOK_BYTES = 24;
  private static final int OPTIONS_BYTES = 32;
  private static final int INGRESS = 1;
  private static final int EGRESS = 2;
  private static final int REPLACE = 1;

  private Clsact() {}

  static void attach(int program, ClsactHook at) {
    try (Memory hook = hook(at);
        Memory options = options(at)) {
      int created = Libbpf.bpf_tc_hook_create(hook);
      if (created != -LinuxException.EEXIST) {
        Errors.check(created, where(at));
      }
      options.setInt(8, program);
      options.setInt(12, REPLACE);
      Errors.check(Libbpf.bpf_tc_attach(hook, options), where(at));
    }
  }

  static void detach(ClsactHook at) {
    try (Memory hook = hook(at);
        Memory options = options(at)) {
      int result = Libbpf.bpf_tc_detach(hook, options);
      if (!absent(result)) {
        Errors.check(result, where(at));
      }
    }
  }

  static Optional<Integer> program(ClsactHook at) {
    try (Memory hook = hook(at);
        Memory options = options(at)) {
      int result = Libbpf.bpf_tc_query(hook, options);
      if (absent(result)) {
        return Optional.empty();
      }
      Errors.check(result, where(at));
      return Optional.of(options.getInt(16));
    }
  }

  /** Without filter the kernel says ENOENT, without clsact EINVAL, without interface ENODEV. */
  private static boolean absent(int result) {
    return result == -LinuxException.ENOENT
        || result == -LinuxException.EINVAL
        || result == -LinuxException.ENODEV;
  }

  private static Memory hook(ClsactHook at) {
    Memory hook = new Memory(HOOK_BYTES);
    hook.clear();
    hook.setLong(0, HOOK_BYTES);
    hook.setInt(8, at.ifindex());
    hook.setInt(12, at.ingress() ? INGRESS : EGRESS);
    return hook;
  }

  private static Memory options(ClsactHook at) {
    Memory options = new Memory(OPTIONS_BYTES);
    options.clear();
    options.setLong(0, OPTIONS_BYTES);
    options.setInt(20, at.handle());
    options.setInt(24, at.priority());
    return options;
  }

  private static String where(ClsactHook at) {
    return "clsact " + (at.ingress() ? "ingress" : "egress") + " of interface " + at.ifindex();
  }
}
