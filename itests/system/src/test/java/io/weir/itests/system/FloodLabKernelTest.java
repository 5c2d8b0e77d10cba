package io.weir.itests.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.weir.itests.testing.Commands;
import io.weir.itests.testing.NeedsRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * More than 10,000 new flows a second, told to one who reads and to one who does not:
 *
 * <pre>
 *   client pod ── flood ──► server pod
 *                   │ ring
 *                 engine ──► weir flows -f ──► read
 *                        └─► weir flows -f ──► not read before the flood is over
 * </pre>
 */
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FloodLabKernelTest {
  private static final int PROMISED_PER_SECOND = 10_000;
  private static final int RATE = 12_000;
  private static final int SECONDS = 8;

  /** Resident memory, MiB: the heap at its largest, and as much as an engine has beside it. */
  private static final int MOST_MEMORY = 400;

  private static final Pattern LOST =
      Pattern.compile("\"lost_events\":\\{(.*?)\"num_events_lost\":\"(\\d+)\"");

  @TempDir static Path directory;

  private final Lab lab = new Lab("flood");

  @BeforeAll
  void up() {
    lab.up();
    lab.apply(
        Yaml.shell("default", "server", "app: server")
            + Yaml.shell("default", "client", "app: client"));
  }

  @AfterAll
  void down() {
    lab.close();
  }

  @Test
  void should_tell_each_reader_every_flow_or_how_many_it_has_missed() throws Exception {
    Path program = directory.resolve("flood");
    Path source = Run.ROOT.resolve("itests/system/src/test/c/flood.c");
    Commands.run("gcc", "-O1", "-o", program.toString(), source.toString());
    String server = lab.addresses("default/server").get(0);

    Process reading = follow();
    Process idle = follow();
    // Not closed: who closes them waits for the thread that reads, and that for the process to end.
    BufferedReader lines = reading.inputReader(UTF_8);
    BufferedReader late = idle.inputReader(UTF_8);
    try {
      Told told = new Told();
      Thread reader = told.read(lines);
      awaitBoth(server, told);
      long before = told.flows.get() + told.lost.get();
      Run.Ended ended = lab.tryExec("client", program.toString(), server, RATE + "", SECONDS + "");
      assertThat(lab.tryWeir("", "status").told()).startsWith("exit code 0");
      assertThat(ended.told()).startsWith("exit code 0");
      String[] figures = ended.out().strip().split(" ");
      long sent = Long.parseLong(figures[0]);
      long perSecond = sent * 1000 / Long.parseLong(figures[1]);
      long memory = lab.resident() / 1024;
      System.out.printf("%d flows, %d a second; %d MiB resident%n", sent, perSecond, memory);
      assumeThat(perSecond).as("flows that this machine makes").isGreaterThan(PROMISED_PER_SECOND);
      assertThat(memory).isLessThan(MOST_MEMORY);

      told.await(before + sent);
      System.out.printf("reader: %s%n", told);
      assertThat(told.flows.get()).as("who reads is told of flows").isGreaterThan(sent / 2);

      Told lateTold = new Told();
      Thread lateReader = lateTold.read(late);
      lateTold.await(sent);
      System.out.printf("who read late: %s%n", lateTold);
      assertThat(lateTold.lostHere.get()).as("missed, and told").isPositive();
      assertThat(missed()).isGreaterThanOrEqualTo(lateTold.lostHere.get());
      end(idle, lateReader);
      end(reading, reader);
    } finally {
      TalkingPods.end(reading);
      TalkingPods.end(idle);
    }
  }

  private Process follow() {
    return Run.start(lab.environment(), List.of(Run.WEIR, "flows", "-f", "-o", "json"));
  }

  /** Returns once the reader is told of what happens; the other one has been started before. */
  private void awaitBoth(String server, Told told) {
    Wait.until(
        "a first flow",
        () -> {
          lab.tryExec("client", "curl", "-s", "--max-time", "1", "http://" + server + ":9/");
          return told.flows.get() > 0 && running() > 1;
        });
  }

  /** Calls that run, but for the one that asks. */
  private int running() {
    return (int) metric("weir_console_calls", "") - 1;
  }

  /** Flows for which streams were too slow, as the engine counts them. */
  private long missed() {
    return metric("weir_flow_events_lost_total", "stream");
  }

  private long metric(String name, String label) {
    return lab.rows("metrics", name).stream()
        .filter(row -> row.get("labels").toString().contains(label))
        .mapToLong(row -> row.get("value").getAsLong())
        .sum();
  }

  private static void end(Process process, Thread reader) throws InterruptedException {
    process.destroy();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("it ends when told to").isTrue();
    reader.join(TimeUnit.SECONDS.toMillis(10));
  }

  /** What one reader has heard. */
  private static final class Told {
    /** Opened by the client pod. */
    final AtomicLong flows = new AtomicLong();

    /** Of all sources. */
    final AtomicLong lost = new AtomicLong();

    /** Because this reader was too slow. */
    final AtomicLong lostHere = new AtomicLong();

    Thread read(BufferedReader lines) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    hear(line);
                  }
                } catch (IOException e) {
                  // The process was ended.
                }
              },
              "reader of flows");
      thread.setDaemon(true);
      thread.start();
      return thread;
    }

    private void hear(String line) {
      if (line.contains("\"event\":\"opened\"")) {
        flows.incrementAndGet();
        return;
      }
      Matcher told = LOST.matcher(line);
      if (told.find()) {
        long count = Long.parseLong(told.group(2));
        lost.addAndGet(count);
        if (told.group(1).contains("HUBBLE_RING_BUFFER")) {
          lostHere.addAndGet(count);
        }
      }
    }

    void await(long all) {
      Wait.until(
          () -> "told or said to be lost of " + all + ": " + this,
          () -> flows.get() + lost.get() >= all);
    }

    @Override
    public String toString() {
      return flows + " flows told, " + lost + " lost, " + lostHere + " of them here";
    }
  }
}
