package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which calls are recorded, how, and which of them are root's. */
class RecordedCallsTest extends DispatcherFixture {
  @Test
  void should_record_who_changes_what_when_it_begins_and_how_it_ends() {
    handlers.add(handler("apply", call -> 0));
    answer("apply", "-f", "a b.yaml", "--token", "hush", "x-token=hush");
    assertThat(recorded).hasSize(2);
    assertThat(recorded.get(0))
        .contains("\"user\":\"root\",\"uid\":0,\"gid\":0,\"pid\":42,")
        .contains("\"command\":\"apply -f 'a b.yaml' --token '(left out)' 'x-token=(left out)'\"")
        .contains("\"result\":\"begun\"");
    assertThat(recorded.get(1)).contains("\"result\":\"exit 0\"");
  }

  @Test
  void should_record_and_do_a_change_whose_bundle_is_replaced_while_it_waits() {
    handlers.add(handler("apply", call -> 7));
    starting =
        () -> {
          boolean gone = handlers.isEmpty();
          handlers.clear();
          return !gone;
        };
    coming =
        () -> {
          handlers.add(handler("apply", call -> 7));
          return true;
        };
    assertThat(answer("apply")).isEqualTo(7);
    assertThat(recorded).hasSize(2);
  }

  @Test
  void should_record_why_a_change_was_refused() {
    shell.command(
        "weir",
        "config",
        "settings",
        (session, words) -> {
          throw Problem.of("mtu", "a number", "\"x\"").asException();
        });
    answer("config", "set", "mtu=x\u001b[2J");
    assertThat(recorded.get(1))
        .contains("\"command\":\"config set mtu=x?[2J\"")
        .contains("\"why\":\"mtu: expected a number, got \\\"x\\\"\"")
        .contains("\"result\":\"exit 1\"");
  }

  @Test
  void should_not_record_what_changes_nothing_or_is_no_verb() {
    for (String verb : List.of("status", "config", "bundle", "fsck")) {
      handlers.add(handler(verb, call -> 0));
    }
    answer("status");
    answer("config", "list");
    answer("bundle", "list");
    answer("fsck");
    answer("aply", "-f", "x");
    assertThat(recorded).isEmpty();
    answer("fsck", "--repair");
    answer("bundle", "stop", "io.weir.policy");
    assertThat(recorded).hasSize(4);
  }

  @Test
  void should_keep_what_is_roots_from_members_of_the_group_and_record_the_trial() {
    caller = new Caller(65534, 65534, 7, false);
    handlers.add(handler("sysdump", call -> 0));
    handlers.add(handler("audit", call -> 0));
    handlers.add(handler("bundle", call -> 0));
    handlers.add(handler("apply", call -> 0));
    assertThat(answer("sysdump")).isEqualTo(1);
    assertThat(err())
        .isEqualTo(
            "weir sysdump: expected root, got user nobody; members of socket-group may do what does"
                + " not make them root on this machine\n");
    assertThat(answer("audit")).isEqualTo(1);
    assertThat(answer("bundle", "update", "io.weir.policy", "file:/tmp/mine.jar")).isEqualTo(1);
    assertThat(answer("bundle", "list")).isZero();
    assertThat(answer("apply", "-f", "x")).isZero();
    assertThat(recorded).hasSize(8);
  }
}
