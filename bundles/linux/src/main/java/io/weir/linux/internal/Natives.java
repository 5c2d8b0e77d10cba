package io.weir.linux.internal;

import com.sun.jna.Callback;
import com.sun.jna.CallbackReference;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.weir.api.Problem;
import io.weir.linux.LinuxException;
import java.lang.reflect.Field;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Registers the native functions with the first user and unregisters them after the last. */
final class Natives {
  private static final Logger LOG = LoggerFactory.getLogger(Natives.class);

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
      forget(print);
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

  /**
   * JNA keeps a callback's method with it, in a map whose keys are weak: the method holds the
   * class, and its loader the callback, for good. JNA outlives this bundle, and has no call for it.
   */
  private static void forget(Callback callback) {
    try {
      Field known = CallbackReference.class.getDeclaredField("directCallbackMap");
      known.setAccessible(true);
      Map<?, ?> callbacks = (Map<?, ?>) known.get(null);
      synchronized (callbacks) {
        callbacks.remove(callback);
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.warn("JNA keeps the classes of this bundle: {}", e.toString());
    }
  }

  static Problem missing(String library) {
    return Problem.of(library, "libbpf 1.1 or later", "no such library").remedy("install libbpf1");
  }
}
