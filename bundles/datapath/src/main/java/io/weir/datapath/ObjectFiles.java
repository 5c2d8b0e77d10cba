package io.weir.datapath;

import java.util.Map;

/** What {@code bpf/} was compiled to. */
interface ObjectFiles {
  /**
   * An object as clang wrote it.
   *
   * @param name {@code pod}, {@code sock}, {@code clock}
   */
  byte[] object(String name);

  /** ABI numbers of the groups of maps. */
  Map<String, Integer> groups();
}
