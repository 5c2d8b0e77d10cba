package io.weir.linux;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A compiled object. Until {@link #load}, maps may be replaced by existing ones, resized, and
 * {@code const volatile} data set. Closing it lets go of what nobody else holds: maps and programs
 * handed out stay.
 */
@ProviderType
public interface BpfObject extends AutoCloseable {
  String name();

  /** Names of the maps, those of data sections ({@code .rodata}) among them. */
  List<String> maps();

  List<String> programs();

  /** {@code tc}, {@code cgroup/connect4}. */
  String section(String program);

  /** Where the section says the program belongs: a number of {@link AttachType}; 0 for tc. */
  int attachType(String program);

  /** As declared, or as set by {@link #maxEntries}; id and name are not the kernel's yet. */
  MapInfo declared(String map);

  /** As {@link BpfMap#layout} of a map that is made for it. */
  String layout(String map);

  /** Uses an existing map of the same shape in place of a new one; it is not closed here. */
  void reuse(String map, BpfMap existing);

  void maxEntries(String map, int entries);

  /**
   * Sets a {@code const volatile} variable.
   *
   * @param value as many bytes as the variable has, in the machine's order
   */
  void set(String variable, byte[] value);

  /** Leaves a program out of {@link #load}. */
  void skip(String program);

  /**
   * Brings maps and programs into the kernel.
   *
   * @throws LinuxException with the end of the verifier's log when a program is refused
   */
  void load();

  /** A map of the loaded object, under a descriptor of its own. */
  BpfMap map(String name);

  /** A program of the loaded object, under a descriptor of its own. */
  BpfProgram program(String name);

  @Override
  void close();
}
