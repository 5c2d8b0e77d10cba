package io.weir.datapath;

import io.weir.api.Problem;
import io.weir.datapath.abi.ClockLayout;
import io.weir.linux.BpfProgram;
import io.weir.linux.TestRun;

/** The clock by which flows live: jiffies, whose length the kernel's files are not sure to tell. */
final class KernelTicks {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int MEASURED = 6;

  private final BpfProgram clock;

  KernelTicks(BpfProgram clock) {
    this.clock = clock;
  }

  private record Moment(long jiffies, long nanos) {}

  /** The low 32 bits, as entries of flows have them. */
  int now() {
    return (int) moment().jiffies();
  }

  /** Jiffies a second, measured from one tick to another: takes as long as six of them. */
  int perSecond() {
    Moment first = afterNextTick(moment().jiffies());
    Moment last = first;
    while (last.jiffies() < first.jiffies() + MEASURED) {
      last = afterNextTick(last.jiffies());
    }
    double seconds = (double) (last.nanos() - first.nanos()) / NANOS_PER_SECOND;
    return nearest((last.jiffies() - first.jiffies()) / seconds);
  }

  private Moment afterNextTick(long jiffies) {
    Moment first = moment();
    Moment moment = first;
    while (moment.jiffies() == jiffies) {
      moment = moment();
      if (moment.nanos() - first.nanos() > NANOS_PER_SECOND) {
        throw Problem.of("program clock", "jiffies that go on", "the same for a second")
            .asException();
      }
    }
    return moment;
  }

  /** Kernels are built with one of these (kernel/Kconfig.hz). */
  static int nearest(double measured) {
    int best = 0;
    for (int hz : new int[] {100, 250, 300, 1000}) {
      best = Math.abs(hz - measured) < Math.abs(best - measured) ? hz : best;
    }
    return best;
  }

  private Moment moment() {
    byte[] context = new byte[ClockLayout.SIZE];
    byte[] after = clock.run(TestRun.ofContext(context)).context();
    return new Moment(ClockLayout.jiffies(after, 0), ClockLayout.monotonic(after, 0));
  }
}
