package io.weir.console.sysdump;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.StateFiles.Places;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The sysdump of a node whose engine does not run; the native client starts this instead of
 * calling. What only an engine tells is named as lacking.
 */
public final class EngineAway {
  /** Something lacks, always. */
  private static final int LACKING = 1;

  private static final List<String> OF_AN_ENGINE =
      List.of("commands", "tables", "engine", "kernel/probes.txt");

  private EngineAway() {}

  /** Node, base, run, bpffs, and the file where one is wanted. */
  public static void main(String[] arguments) {
    Places places =
        new Places(
            arguments[0], Path.of(arguments[1]), Path.of(arguments[2]), Path.of(arguments[3]));
    String name = Sysdump.name(places.node(), Instant.now());
    Path here = Path.of("").toAbsolutePath();
    try {
      Sysdump.Result result =
          Sysdump.write(
              here.resolve(arguments.length > 4 ? arguments[4] : name + ".tar.gz"),
              name,
              parts(places),
              () -> false);
      System.out.println(result.sentence());
      result.lacking().forEach(System.err::println);
    } catch (ProblemException e) {
      System.err.println("weir: " + e.problem().sentence());
    }
    System.exit(LACKING);
  }

  static List<Part> parts(Places places) {
    List<Part> parts = new ArrayList<>();
    for (String part : OF_AN_ENGINE) {
      parts.add(
          Part.text(
              part,
              () -> {
                throw Problem.of("engine " + places.node(), "one that runs", "none").asException();
              }));
    }
    parts.addAll(NodeParts.of(places));
    return parts;
  }
}
