package io.weir.flows;

import io.weir.api.SocketCall;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** Answers one query from the buffer: what is there, then, where asked for, what comes. */
final class Streams {
  private static final int ENDED = 1;
  private static final long LOOK_MILLIS = 200;

  private final FlowBuffer buffer;
  private final Tally tally;

  Streams(FlowBuffer buffer, Tally tally) {
    this.buffer = buffer;
    this.tally = tally;
  }

  /** To the exit code. */
  int answer(Query query, SocketCall call, Function<Seen, String> shown)
      throws InterruptedException {
    FlowBuffer.Part there = buffer.all();
    PrintStream out = call.out();
    chosen(query, there.seen()).forEach(seen -> out.println(shown.apply(seen)));
    if (!query.follow()) {
      return 0;
    }
    long position = there.position();
    while (!call.cancelled()) {
      FlowBuffer.Part more = buffer.await(position, LOOK_MILLIS);
      position = more.position();
      if (more.missed() > 0) {
        tally.missed(more.missed());
        Instant when = more.seen().isEmpty() ? Instant.now() : more.seen().get(0).time();
        out.println(
            shown.apply(new Seen.Lost(when, Seen.Source.HUBBLE_RING_BUFFER, more.missed())));
      }
      for (Seen seen : more.seen()) {
        if (query.filter().passes(seen)) {
          out.println(shown.apply(seen));
        }
      }
      if (more.ended() && more.seen().isEmpty()) {
        call.err().println("flows: io.weir.flows is going; follow anew once it is back");
        return ENDED;
      }
    }
    return 0;
  }

  /** The last so many that fit, and what was lost among them, in order. */
  static List<Seen> chosen(Query query, List<Seen> there) {
    List<Seen> chosen = new ArrayList<>();
    int flows = 0;
    for (int i = there.size() - 1; i >= 0; i--) {
      Seen seen = there.get(i);
      boolean late = query.since().isEmpty() || !seen.time().isBefore(query.since().get());
      if (!late || !query.filter().passes(seen)) {
        continue;
      }
      if (seen instanceof Flow && query.last() > 0 && ++flows > query.last()) {
        break;
      }
      chosen.add(seen);
    }
    Collections.reverse(chosen);
    return chosen;
  }
}
