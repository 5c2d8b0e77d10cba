package io.weir.linux.internal;

import io.weir.api.Problem;
import io.weir.linux.Nft;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@link Nft} by the program, which inherits the namespace of the thread that starts it. */
final class NftCalls implements Nft {
  private static final String NO_SUCH = "No such file or directory";

  private final String program;

  NftCalls() {
    this("nft");
  }

  NftCalls(String program) {
    this.program = program;
  }

  @Override
  public void apply(String script) {
    Output output = run(List.of("-f", "-"), script);
    if (output.code() != 0) {
      throw Problem.of("nft", "a script that it takes", output.said()).asException();
    }
  }

  @Override
  public Optional<String> list(String table) {
    List<String> words = new ArrayList<>(List.of("list", "table"));
    words.addAll(List.of(table.split(" ")));
    Output output = run(words, "");
    if (output.code() == 0) {
      return Optional.of(output.text());
    }
    if (output.text().contains(NO_SUCH)) {
      return Optional.empty();
    }
    throw Problem.of("nft: table " + table, output.said()).asException();
  }

  private record Output(int code, String text) {
    /** Who is killed, as for want of memory, says nothing. */
    String said() {
      return text.isEmpty() ? "exit code " + code + " without a word" : text;
    }
  }

  private Output run(List<String> words, String input) {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(words);
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("LC_ALL", "C");
      Process process = builder.start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Output(process.waitFor(), text.strip());
    } catch (IOException e) {
      boolean missing = e.getMessage().contains("error=2,");
      throw Problem.of("nft", "the program", e.getMessage())
          .remedy(
              missing ? "install nftables" : "it is tried again; see that there is memory for it")
          .asException();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while nft ran", e);
    }
  }
}
