package io.weir.lab;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.weir.api.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Asks a node's engine, by the same client that users have. */
final class Client {
  private final Path program;
  private final String engine;

  Client(Path home, String engine) {
    this.program = home.resolve("bin/weir");
    this.engine = engine;
  }

  /** Whether all is in force there; what the engine says of it. */
  Processes.Result status() {
    return call("status");
  }

  /** Sends manifests, with this program's own streams; the exit code. */
  int attached(List<String> words) {
    return Processes.attached(Processes.words(program, "--node", engine, words), Map.of());
  }

  void apply(Path file) {
    Processes.must("weir apply -f " + file, call("apply", "-f", file.toString()));
  }

  /** The objects of a kind, in all namespaces. */
  List<JsonObject> get(String kind) {
    String out = Processes.must("weir get " + kind, call("get", kind, "-A", "-o", "json"));
    try {
      JsonArray rows = JsonParser.parseString(out).getAsJsonArray();
      List<JsonObject> objects = new ArrayList<>(rows.size());
      for (JsonElement row : rows) {
        objects.add(row.getAsJsonObject());
      }
      return objects;
    } catch (JsonParseException | IllegalStateException e) {
      throw Problem.of("weir get " + kind + " -o json", "an array of objects", e.getMessage())
          .asException();
    }
  }

  private Processes.Result call(String... words) {
    return Processes.run(Processes.words(program, "--node", engine, List.of(words)), Map.of(), "");
  }
}
