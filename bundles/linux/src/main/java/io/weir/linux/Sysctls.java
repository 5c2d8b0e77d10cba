package io.weir.linux;

import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** Values below {@code /proc/sys}, named with slashes: {@code net/ipv4/ip_forward}. */
@ProviderType
public interface Sysctls {
  /** In the calling thread's network namespace. */
  String read(String name);

  /** Writes in the calling thread's network namespace, unless the value is there already. */
  void write(String name, String value);

  String read(Path namespace, String name);

  void write(Path namespace, String name, String value);
}
