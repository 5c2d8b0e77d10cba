package io.weir.cni;

import io.weir.api.SocketCall;

/** How a call shows that it is being worked on, and learns that nobody waits for it any more. */
@FunctionalInterface
interface Progress {
  /** Of work that nobody waits for. */
  Progress SILENT = () -> {};

  /**
   * To be called at least twice a second.
   *
   * @throws AbandonedException when the work is to be undone
   */
  void alive();

  /** White space on standard output: JSON allows it, and the plugin takes it for a sign of life. */
  static Progress of(SocketCall call) {
    return () -> {
      if (call.cancelled()) {
        throw new AbandonedException("the plugin has gone away");
      }
      call.out().print('\n');
      call.out().flush();
    };
  }

  /** Nobody wants the result. */
  final class AbandonedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AbandonedException(String why) {
      super(why);
    }
  }
}
