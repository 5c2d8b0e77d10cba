package io.weir.lab;

import io.weir.api.Problem;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The small table of what an image runs: {@code images.yaml}. */
final class Images {
  /** What a pod whose image nobody knows does. */
  static final List<String> IDLE = List.of("sleep", "infinity");

  /**
   * @param port that the command listens on when it is ready, 0 for none
   */
  record Image(List<String> command, int port) {}

  private final Map<String, Image> images;

  private Images(Map<String, Image> images) {
    this.images = images;
  }

  /** The table that ships with the lab. */
  static Images shipped() {
    return parse("images.yaml", Shipped.text("images.yaml"));
  }

  static Images parse(String source, String yaml) {
    Object root = new Load(LoadSettings.builder().setLabel(source).build()).loadFromString(yaml);
    if (!(root instanceof Map<?, ?> map) || !(map.get("images") instanceof Map<?, ?> table)) {
      throw Problem.of(source + ": images", "a map from image to command", String.valueOf(root))
          .asException();
    }
    Map<String, Image> images = new TreeMap<>();
    table.forEach((name, entry) -> images.put(name.toString(), image(source, name, entry)));
    return new Images(images);
  }

  /** What {@code reference} runs, whatever its tag and digest are. */
  Optional<Image> find(String reference) {
    return Optional.ofNullable(images.get(withoutTag(reference)));
  }

  /** {@code quay.io/cilium/starwars:v2.1@sha256:833d…} → {@code quay.io/cilium/starwars}. */
  static String withoutTag(String reference) {
    String name = reference.split("@", 2)[0];
    int colon = name.lastIndexOf(':');
    return colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
  }

  private static Image image(String source, Object name, Object entry) {
    if (entry instanceof Map<?, ?> map
        && map.get("command") instanceof List<?> command
        && !command.isEmpty()) {
      Object port = map.get("port");
      return new Image(
          command.stream().map(Object::toString).toList(),
          port instanceof Integer number ? number : 0);
    }
    throw Problem.of(source + ": images[" + name + "]", "command: [WORD, …]", String.valueOf(entry))
        .asException();
  }
}
