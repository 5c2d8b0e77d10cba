package io.weir.flows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.flows.abi.Abi;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryTest {
  private static final Instant NOW = StarWars.BOOT.plusSeconds(3600);

  private final StarWars world = new StarWars();

  /** xwing's SYN to the death star, port 80, denied. */
  private final Flow drop =
      world.flow(
          Events.xwing(Abi.EVENT_DROPPED)
              .reason(Abi.REASON_POLICY_DENIED)
              .flags(Abi.EVENT_DENIED_INGRESS));

  @ParameterizedTest
  @CsvSource({
    "--pod xwing, true",
    "--pod default/xw, true",
    "--pod deathstar, true",
    "--pod default/, true",
    "--pod /xwing, true",
    "--pod other/xwing, false",
    "--pod wing, false",
    "--pod xwing -n other, false",
    "--from-pod xwing, true",
    "--to-pod xwing, false",
    "--from-pod deathstar, false",
    "--namespace default, true",
    "-n kube-system, false",
    "--verdict DROPPED, true",
    "--verdict forwarded, false",
    "--verdict forwarded --verdict dropped, true",
    "--protocol tcp, true",
    "--protocol udp, false",
    "--port 80, true",
    "--to-port 80, true",
    "--from-port 80, false",
    "--ip 10.0.0.0/24, true",
    "--to-ip 10.0.0.7, false",
    "--from-ip=10.0.0.7, true",
    "--pod xwing --verdict forwarded, false",
  })
  void should_fit_what_every_option_says(String words, boolean fits) {
    assertThat(parse(words).filter().passes(drop)).isEqualTo(fits);
  }

  @Test
  void should_count_only_flows_that_fit_and_tell_losses_among_them() {
    List<Seen> there = new ArrayList<>();
    there.add(world.flow(Events.xwing(Abi.EVENT_DROPPED)));
    Seen lost = new Seen.Lost(StarWars.BOOT, Seen.Source.PERF_EVENT_RING_BUFFER, 1);
    Flow first = world.flow(Events.xwing(Abi.EVENT_DROPPED).time(1024));
    Flow second = world.flow(Events.xwing(Abi.EVENT_DROPPED).time(2048));
    there.addAll(List.of(first, lost, world.flow(Events.xwing(Abi.EVENT_OPENED)), second));
    assertThat(Streams.chosen(parse("--verdict dropped --last 2"), there))
        .containsExactly(first, lost, second);
    assertThat(Streams.chosen(parse("--since 2026-11-26T12:00:00.000002048Z"), there))
        .containsExactly(second);
  }

  @Test
  void should_read_how_long_ago() {
    assertThat(parse("--since 1h30m").since()).contains(NOW.minusSeconds(5400));
    assertThat(parse("-f").since()).contains(NOW);
    assertThat(parse("-f --last 5").since()).isEmpty();
    assertThat(parse("").last()).isEqualTo(20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--verdict maybe | expected forwarded, dropped or audit after --verdict, got \"maybe\"",
        "--last none | expected a number from 1 to 2147483647 after --last, got \"none\"",
        "--since soon | expected 5m, 1h30m or a time like 1970-01-01T00:00:00Z after --since, got"
            + " \"soon\"",
        "xwing | expected an option, got \"xwing\"",
        "--pod | expected a value after --pod, got nothing",
        "-o yaml | expected -o compact or json, got \"yaml\"",
      })
  void should_say_what_it_does_not_understand(String words, String sentence) {
    assertThatThrownBy(() -> parse(words)).isInstanceOf(Misuse.class).hasMessage(sentence);
  }

  private static Query parse(String words) {
    return Query.parse(words.isEmpty() ? List.of() : List.of(words.split(" ")), NOW);
  }
}
