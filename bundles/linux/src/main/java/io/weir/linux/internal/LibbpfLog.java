package io.weir.linux.internal;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * What libbpf says while it works: its warnings carry the name of a refused program and the
 * verifier's log. They are kept for the call that is under way on this thread, and dropped
 * elsewhere, so that nothing is printed.
 */
final class LibbpfLog {
  private static final int WARN = 0;
  private static final int LONGEST_BYTES = 16 << 20;

  private static final ThreadLocal<List<String>> HEARD = new ThreadLocal<>();

  private LibbpfLog() {}

  /** The result of a call and the warnings it gave. */
  record Heard<T>(T result, List<String> warnings) {}

  static <T> Heard<T> during(Supplier<T> call) {
    List<String> warnings = new ArrayList<>();
    HEARD.set(warnings);
    try {
      return new Heard<>(call.get(), warnings);
    } finally {
      HEARD.remove();
    }
  }

  /** Called by libbpf, with a {@code va_list}, which is read once. */
  static int said(int level, Pointer format, Pointer arguments) {
    List<String> warnings = HEARD.get();
    if (level != WARN || warnings == null) {
      return 0;
    }
    try (Memory text = new Memory(LONGEST_BYTES)) {
      Libc.vsnprintf(text, LONGEST_BYTES, format, arguments);
      warnings.add(text.getString(0, "UTF-8"));
    }
    return 0;
  }
}
