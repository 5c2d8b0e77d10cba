package io.weir.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.SocketCall;
import io.weir.api.SocketHandler;
import io.weir.console.swap.Changes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Calls to a dispatcher, its verbs, its client, and what it records. */
abstract class DispatcherFixture {
  static final Replacements ALONE = replacements(() -> false, () -> false, () -> false);

  final FakeShell shell = new FakeShell();
  final List<SocketHandler> handlers = new ArrayList<>();
  final List<String> recorded = new ArrayList<>();
  SentFrames client = new SentFrames();
  Caller caller = new Caller(0, 0, 42, true);
  BooleanSupplier starting = () -> false;
  BooleanSupplier coming = () -> false;
  final Changes changes = new Changes();
  boolean left;

  int answer(String... words) {
    client = new SentFrames();
    dispatcher().answer(call(words));
    return client.exit();
  }

  private static Replacements replacements(
      BooleanSupplier starting, BooleanSupplier coming, BooleanSupplier left) {
    return new Replacements() {
      @Override
      public boolean starting() {
        return starting.getAsBoolean();
      }

      @Override
      public boolean coming() {
        return coming.getAsBoolean();
      }

      @Override
      public boolean left() {
        return left.getAsBoolean();
      }
    };
  }

  Dispatcher dispatcher() {
    return new Dispatcher(
        () -> handlers,
        new Commands(shell.sessions(), "n1"),
        new Audit(recorded::add, () -> Instant.EPOCH),
        replacements(starting, coming, () -> left),
        changes);
  }

  Call call(String... words) {
    Call call = new Call(client);
    call.caller(caller);
    String payload = String.join("\0", words) + "\0";
    assertThat(call.take(new Frame(Frame.ARGS, payload.getBytes(UTF_8)))).isTrue();
    return call;
  }

  String out() {
    return client.text(Frame.OUT);
  }

  String err() {
    return client.text(Frame.ERR);
  }

  /** What a handler does. */
  @FunctionalInterface
  interface Answer {
    int to(SocketCall call) throws Exception;
  }

  static SocketHandler handler(String verb, Answer answer) {
    return new SocketHandler() {
      @Override
      public String verb() {
        return verb;
      }

      @Override
      public Help help() {
        return new Help(verb + " FILE", "Does " + verb + ".\nAnd more.");
      }

      @Override
      public int handle(SocketCall call) throws Exception {
        return answer.to(call);
      }
    };
  }
}
