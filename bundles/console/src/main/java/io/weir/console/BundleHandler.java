package io.weir.console;

import io.weir.api.Listing;
import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.console.command.BundleVerbs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * {@code weir bundle}. Not a command of the shell, which goes with the first service that it needs:
 * whoever has stopped a bundle, even one that all others stand on, starts it again by this verb.
 */
final class BundleHandler implements SocketHandler {
  private final Supplier<BundleVerbs> verbs;

  BundleHandler(Supplier<BundleVerbs> verbs) {
    this.verbs = verbs;
  }

  @Override
  public String verb() {
    return "bundle";
  }

  @Override
  public Help help() {
    return new Help(
        "bundle [list] | update NAME [URL] | restart NAME | stop NAME | start NAME  [-o json]",
        """
        Lists the engine's bundles, and replaces or restarts one while the others work on.
        update without URL takes the jar that it was installed from, whatever it was swapped for since.""");
  }

  @Override
  public int handle(SocketCall call) throws Exception {
    List<String> words = new ArrayList<>();
    boolean json = Commands.takeFormat(call.arguments(), words);
    Listing listing;
    try (Interruption interruption = new Interruption()) {
      call.onCancel(interruption::happen);
      listing = verbs.get().run(words, call.err()::println);
    }
    call.out().print(json ? Listings.json(listing) : Listings.table(listing));
    return listing.complete() ? Dispatcher.DONE : Dispatcher.REFUSED;
  }
}
