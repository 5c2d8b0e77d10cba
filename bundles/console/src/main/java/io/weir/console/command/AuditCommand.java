package io.weir.console.command;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.weir.api.Listing;
import io.weir.api.Problem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Shows the last commands that changed something, and who gave them. */
@Service
@Command(
    scope = "weir",
    name = "audit",
    description = "Who has changed what by a command: the last ones, and how they ended.")
public final class AuditCommand implements Action {
  private static final List<String> COLUMNS =
      List.of("time", "user", "uid", "gid", "pid", "sudo", "command", "result", "why");
  private static final int MOST_BYTES = 4 << 20;

  @Option(name = "-n", aliases = "--limit", description = "how many; 20 where it is not said")
  private int limit = 20;

  @Override
  public Object execute() {
    return listing(Path.of(System.getProperty("karaf.log", "data/log")), limit);
  }

  static Listing listing(Path directory, int limit) {
    if (limit < 1) {
      throw Problem.of("audit -n", "a number of 1 or more", String.valueOf(limit)).asException();
    }
    Path file = directory.resolve("audit.log");
    if (!Files.exists(file)) {
      throw Problem.of(file.toString(), "the file of the logger io.weir.audit", "none")
          .remedy("this container's logging writes it elsewhere: look into its own log")
          .asException();
    }
    Map<String, JsonObject> commands =
        new LinkedHashMap<>(); // by id: the end in place of the begin
    for (Path each : List.of(directory.resolve("audit.1.log"), file)) {
      for (String line : lastLines(each)) {
        JsonObject fields = object(line);
        if (fields != null && fields.has("id")) {
          commands.remove(fields.get("id").getAsString());
          commands.put(fields.get("id").getAsString(), fields);
        }
      }
    }
    Listing.Builder listing = Listing.of(COLUMNS.toArray(String[]::new));
    commands.values().stream()
        .skip(Math.max(0, commands.size() - limit))
        .forEach(fields -> listing.row(row(fields)));
    return listing.build();
  }

  private static List<String> lastLines(Path file) {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      long begin = Math.max(0, in.length() - MOST_BYTES);
      in.seek(begin);
      byte[] bytes = new byte[(int) Math.min(MOST_BYTES, in.length() - begin)];
      in.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) { // the one before may not be there, or be moved now
      return List.of();
    }
  }

  /** Null for a line that is none of ours: the first may be cut. */
  private static JsonObject object(String line) {
    try {
      JsonElement element = JsonParser.parseString(line);
      return element.isJsonObject() ? element.getAsJsonObject() : null;
    } catch (JsonParseException e) {
      return null;
    }
  }

  private static Object[] row(JsonObject fields) {
    List<Object> row = new ArrayList<>();
    for (String column : COLUMNS) {
      JsonElement value = fields.get(column);
      if (value == null) {
        row.add("");
      } else if (value.getAsJsonPrimitive().isNumber()) {
        row.add(value.getAsLong());
      } else {
        row.add(value.getAsString());
      }
    }
    return row.toArray();
  }
}
