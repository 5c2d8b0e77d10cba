package io.weir.api;

import java.util.List;

/**
 * Takes away what a bundle has put into the node and leaves there when it stops; registered as a
 * service by that bundle. {@code weir uninstall} shows all of them, and asks, before it calls any.
 * Nobody else calls them.
 */
public interface Uninstaller {
  /** What will be gone, as a noun phrase that names it: {@code nft table inet weir_n1}. */
  String what();

  /**
   * Takes it away; what is gone already is no error. The bundle puts nothing of it back while it
   * goes on running.
   *
   * @throws ProblemException when something of it is still there
   */
  void uninstall();

  /** What stays nevertheless, and why; asked after {@link #uninstall}. */
  default List<Problem> left() {
    return List.of();
  }

  /**
   * Lower ones go first: 10 the interfaces of pods, 50 programs and maps, 80 routes and rules, 90
   * the node's own devices.
   */
  int order();
}
