package io.weir.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Listing;
import io.weir.api.Problem;
import java.io.InterruptedIOException;
import java.security.AccessController;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import javax.security.auth.Subject;
import org.apache.karaf.shell.support.CommandException;
import org.junit.jupiter.api.Test;

class DispatcherTest extends DispatcherFixture {
  @Test
  void should_let_a_handler_answer_its_verb() {
    handlers.add(
        handler(
            "apply",
            call -> {
              call.out().println(call.arguments());
              return 7;
            }));
    shell.command("weir", "apply", "another", (session, words) -> "not this one");
    assertThat(answer("apply", "-f", "a.yaml")).isEqualTo(7);
    assertThat(out()).isEqualTo("[-f, a.yaml]\n");
  }

  @Test
  void should_run_commands_with_their_words_as_they_came() {
    List<Object> came = new ArrayList<>();
    shell.command(
        "weir",
        "table",
        "rows",
        (session, words) -> {
          came.addAll(words);
          session.getConsole().print("printed, ");
          return "returned";
        });
    assertThat(answer("table", "a b", "$x", "--key", "'q'", "")).isZero();
    assertThat(came).containsExactly("a b", "$x", "--key", "'q'", "");
    assertThat(out()).isEqualTo("printed, returned\n");
    assertThat(shell.openSessions).isZero();
  }

  @Test
  void should_run_commands_of_no_other_scope() {
    shell.command("bundle", "list", "bundles", (session, words) -> "bundles");
    assertThat(answer("list")).isEqualTo(2);
    assertThat(answer("bundle:list")).isEqualTo(2);
  }

  @Test
  void should_print_rows_as_a_table_or_for_programs() {
    List<Object> came = new ArrayList<>();
    shell.command(
        "weir",
        "pods",
        "pods",
        (session, words) -> {
          came.addAll(words);
          return Listing.of("pod").row("a").build();
        });
    assertThat(answer("pods")).isZero();
    assertThat(out()).isEqualTo("POD\na\n");
    assertThat(answer("pods", "x", "-o", "json", "y")).isZero();
    assertThat(out()).isEqualTo("[\n{\"pod\":\"a\"}\n]\n");
    assertThat(came).containsExactly("x", "y");
    assertThat(answer("pods", "--output", "table")).isZero();
    assertThat(out()).isEqualTo("POD\na\n");
  }

  @Test
  void should_refuse_other_forms_of_output() {
    shell.command("weir", "pods", "pods", (session, words) -> Listing.of("pod").build());
    assertThat(answer("pods", "-o", "yaml")).isEqualTo(2);
    assertThat(err()).isEqualTo("weir pods: -o: expected json or table, got yaml\n");
    assertThat(answer("pods", "-o")).isEqualTo(2);
    assertThat(err()).isEqualTo("weir pods: -o: expected json or table after it\n");
  }

  @Test
  void should_exit_with_1_where_rows_say_that_something_is_not_in_force() {
    shell.command(
        "weir", "status", "", (session, words) -> Listing.of("what").incomplete().build());
    assertThat(answer("status")).isEqualTo(1);
    assertThat(out()).isEqualTo("WHAT\n");
  }

  @Test
  void should_run_commands_as_root() {
    shell.command("weir", "who", "", (session, words) -> principals());
    answer("who");
    assertThat(out()).isEqualTo("[admin, manager, root, systembundles, viewer]\n");
  }

  @Test
  void should_print_a_problem_as_its_sentence() {
    shell.command(
        "weir",
        "table",
        "",
        (session, words) -> {
          throw Problem.of("table x", "a table", "none").remedy("look").asException();
        });
    assertThat(answer("table")).isEqualTo(1);
    assertThat(err()).isEqualTo("table x: expected a table, got none; look\n");
    assertThat(shell.openSessions).isZero();
  }

  @Test
  void should_exit_with_2_for_a_command_line_that_is_not_understood() {
    shell.command(
        "weir",
        "table",
        "",
        (session, words) -> {
          throw new CommandException("Argument NAME is required");
        });
    assertThat(answer("table")).isEqualTo(2);
    assertThat(err()).isEqualTo("weir table: argument NAME is required\n");
  }

  @Test
  void should_say_which_verb_was_meant() {
    shell.command("weir", "status", "", (session, words) -> null);
    handlers.add(handler("apply", call -> 0));
    assertThat(answer("stats")).isEqualTo(2);
    assertThat(err()).isEqualTo("weir stats: is no verb of this engine; did you mean status?\n");
    answer("aply");
    assertThat(err()).endsWith("did you mean apply?\n");
    answer("frobnicate");
    assertThat(err()).endsWith("see weir --help\n");
  }

  @Test
  void should_say_that_the_engine_erred_and_where_the_whole_of_it_is() {
    handlers.add(
        handler(
            "apply",
            call -> {
              throw new IllegalStateException("odd");
            }));
    handlers.add(
        handler(
            "get",
            call -> {
              throw new NoClassDefFoundError("io/weir/Gone");
            }));
    assertThat(answer("apply")).isEqualTo(1);
    assertThat(err())
        .isEqualTo(
            "weir apply: an error of the engine, in its log with all of it:"
                + " java.lang.IllegalStateException: odd\n");
    assertThat(answer("get")).isEqualTo(1);
    assertThat(err()).contains("io/weir/Gone");
  }

  @Test
  void should_say_something_for_an_error_that_says_nothing() {
    shell.command(
        "weir",
        "table",
        "",
        (session, words) -> {
          throw new CommandException();
        });
    assertThat(answer("table")).isEqualTo(2);
    assertThat(err()).isEqualTo("weir table: is not understood; see weir table --help\n");
  }

  @Test
  void should_exit_with_130_when_it_is_interrupted_or_cancelled() {
    handlers.add(
        handler(
            "flows",
            call -> {
              throw new InterruptedIOException("the call was ended");
            }));
    handlers.add(
        handler(
            "get",
            call -> {
              ((Call) call).cancel();
              throw new IllegalStateException("the client has gone");
            }));
    shell.command(
        "weir",
        "status",
        "",
        (session, words) -> {
          throw new InterruptedException();
        });
    assertThat(answer("flows")).isEqualTo(130);
    assertThat(answer("get")).isEqualTo(130);
    assertThat(err()).isEmpty();
    assertThat(answer("status")).isEqualTo(130);
  }

  @Test
  void should_interrupt_a_command_when_its_caller_has_gone() {
    Call[] running = new Call[1];
    shell.command(
        "weir",
        "wait",
        "",
        (session, words) -> {
          running[0].cancel();
          Thread.sleep(10_000); // ends at once: the thread is interrupted
          return "slept";
        });
    Dispatcher dispatcher = dispatcher();
    client = new SentFrames();
    running[0] = call("wait");
    dispatcher.answer(running[0]);
    assertThat(client.exit()).isEqualTo(130);
  }

  @Test
  void should_leave_the_thread_alone_when_a_caller_goes_with_its_answer() {
    shell.command("weir", "status", "", (session, words) -> "done");
    Call call = call("status");
    dispatcher().answer(call);
    assertThat(out()).isEqualTo("done\n");
    call.cancel(); // as a closed connection does
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void should_help_with_handlers_in_their_words_and_with_commands_in_the_shells() {
    handlers.add(handler("apply", call -> 9));
    shell.command("weir", "status", "what is in force", (session, words) -> "ran");
    shell.help = "\u001b[1mDESCRIPTION\u001b[0m\n        weir:status\n";
    assertThat(answer("apply", "x", "--help")).isZero();
    assertThat(out()).isEqualTo("usage: weir apply FILE\n\nDoes apply.\nAnd more.\n");
    assertThat(answer("status", "-h")).isZero();
    assertThat(out()).isEqualTo("DESCRIPTION\n        weir status\n");
    assertThat(shell.lines).containsExactly("weir:status --help");
    assertThat(shell.openSessions).isZero();
  }

  @Test
  void should_leave_help_after_two_dashes_to_others() {
    handlers.add(handler("exec", call -> 9));
    assertThat(answer("exec", "--", "curl", "--help")).isEqualTo(9);
  }

  @Test
  void should_list_every_verb_with_its_meaning() {
    handlers.add(handler("apply", call -> 9));
    shell.command("weir", "status", "what is in force", (session, words) -> null);
    shell.command("shell", "clear", "no verb of weir", (session, words) -> null);
    for (String word : List.of("help", "--help", "-h")) {
      assertThat(answer(word)).isZero();
      assertThat(out())
          .isEqualTo(
              """
              Verbs of engine n1:
                apply   Does apply.
                status  what is in force
                VERB --help arguments and meaning of one verb; -o json prints rows for programs
              """);
    }
  }

  @SuppressWarnings({"deprecation", "removal"})
  private static String principals() {
    return Subject.getSubject(AccessController.getContext()).getPrincipals().stream()
        .map(Principal::getName)
        .sorted()
        .toList()
        .toString();
  }
}
