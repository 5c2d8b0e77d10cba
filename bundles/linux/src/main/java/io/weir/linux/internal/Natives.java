package io.weir.linux.internal;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.weir.api.Problem;
import io.weir.linux.LinuxException;

/** Registers the native functions with the first user and unregisters them after the last. */
final class Natives {
  private static int users;
  private static Libbpf.Print print;

  private Natives() {}

  static synchronized void acquire() {
    if (users == 0) {
      register();
    }
    users++;
  }

  static synchronized void release() {
    users--;
    if (users == 0) {
      Libbpf.libbpf_set_print(null);
      print = null;
      Native.unregister(Libbpf.class);
      Native.unregister(Libc.class);
    }
  }

  private static void register() {
    Native.register(Libc.class, NativeLibrary.getInstance("libc.so.6"));
    try {
      Native.register(Libbpf.class, NativeLibrary.getInstance("libbpf.so.1"));
    } catch (UnsatisfiedLinkError e) {
      Native.unregister(Libc.class);
      throw new LinuxException(0, missing("libbpf.so.1"));
    }
    print = LibbpfLog::said;
    Libbpf.libbpf_set_print(print);
  }

  static Problem missing(String library) {
    return Problem.of(library, "libbpf 1.1 or later", "no such library").remedy("install libbpf1");
  }
}
