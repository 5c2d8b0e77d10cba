package io.weir.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.api.row.Address;
import io.weir.datapath.ConntrackQuery.Misuse;
import io.weir.datapath.ConntrackQuery.To;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConntrackQueryTest {
  private static ConntrackQuery parse(String line) {
    return ConntrackQuery.parse(List.of(line.split(" ")));
  }

  @Test
  void should_read_what_it_is_asked() {
    ConntrackQuery query = parse("list --pod default/a --to=10.0.0.1:80 --limit 5 -o json");
    assertThat(query)
        .isEqualTo(
            new ConntrackQuery(
                ConntrackQuery.Verb.LIST,
                Optional.of("default/a"),
                Optional.of(new To(Address.parse("10.0.0.1"), 80)),
                5,
                true,
                false));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1, 0",
    "10.0.0.1:80, 10.0.0.1, 80",
    "fd00::1, fd00::1, 0",
    "[fd00::1]:80, fd00::1, 80",
    "[fd00::1], fd00::1, 0"
  })
  void should_read_destinations_of_both_families(String text, String address, int port) {
    assertThat(To.parse(text)).isEqualTo(new To(Address.parse(address), port));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "show | expected list or flush, got \"show\"",
        "list --pod | expected a value after --pod, got nothing",
        "list --limit 0 | expected a number above 0 after --limit, got \"0\"",
        "list --limit x | expected a number above 0 after --limit, got \"x\"",
        "list -o yaml | expected -o table or json, got \"yaml\"",
        "list --yes | expected an option, got \"--yes\"",
        "flush --limit 3 | expected an option, got \"--limit\"",
        "list --to host | expected ADDRESS or ADDRESS:PORT after --to, got \"host\"",
        "list --to 10.0.0.1:0 | expected ADDRESS or ADDRESS:PORT after --to, got \"10.0.0.1:0\"",
        "list --to [fd00::1]80 | expected ADDRESS or ADDRESS:PORT after --to, got \"[fd00::1]80\"",
        "flush | expected --pod or --to, or --yes to flush every flow of the node"
      })
  void should_say_what_it_does_not_understand(String line, String sentence) {
    assertThatThrownBy(() -> parse(line)).isInstanceOf(Misuse.class).hasMessage(sentence);
  }

  @Test
  void should_flush_all_only_when_told_so() {
    assertThat(parse("flush --yes").yes()).isTrue();
    assertThat(parse("flush --to 10.0.0.1").yes()).isFalse();
  }
}
