package io.weir.linux.internal;

import com.sun.jna.Callback;
import com.sun.jna.CallbackReference;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.weir.api.Problem;
import io.weir.linux.LinuxException;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.Set;
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
      Native.unregister(Libbpf.class);
      Native.unregister(Libc.class);
      forget(print);
      print = null;
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
   * JNA keeps what it knows of a callback and of a class of natives in maps whose keys are weak,
   * and whose values hold the key: its method's class, the class itself. So they would stay for
   * good, with this bundle's loader. JNA outlives this bundle, and has no call for it.
   */
  private static void forget(Callback callback) {
    ClassLoader own = Natives.class.getClassLoader();
    try {
      keys(CallbackReference.class, "directCallbackMap").remove(callback);
      keys(Native.class, "typeOptions")
          .removeIf(key -> key instanceof Class<?> known && known.getClassLoader() == own);
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.warn("JNA keeps the classes of this bundle: {}", e.toString());
    }
  }

  private static Set<?> keys(Class<?> where, String name) throws ReflectiveOperationException {
    Field field = where.getDeclaredField(name);
    field.setAccessible(true);
    return ((Map<?, ?>) field.get(null)).keySet();
  }

  static Problem missing(String library) {
    return Problem.of(library, "libbpf 1.1 or later", "no such library").remedy("install libbpf1");
  }
}
