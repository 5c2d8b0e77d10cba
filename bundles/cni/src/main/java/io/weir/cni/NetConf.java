package io.weir.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.weir.api.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network configuration as the runtime hands it over on standard input. Fields that are not named
 * here are left to others: the specification allows any.
 *
 * @param name of the network
 * @param dns handed through to the result
 * @param previous the result that ADD gave, for CHECK and DEL
 * @param valid attachments that are to stay, for GC
 */
record NetConf(
    String cniVersion,
    String name,
    Optional<JsonObject> dns,
    Optional<JsonObject> previous,
    Optional<List<Attachment>> valid) {

  private static final String WHERE = "network configuration";
  private static final int DEEPEST = 100;

  /**
   * @throws CniError when {@code text} is no configuration that this plugin can obey
   */
  static NetConf parse(String text) {
    JsonObject object;
    try {
      object = json(text);
    } catch (JsonParseException | IllegalStateException e) {
      throw new CniError(
          CniError.UNDECODABLE,
          Problem.of(WHERE, "a JSON object", text.isBlank() ? "nothing" : shorten(text)),
          e);
    }
    String version = text(object, "cniVersion").orElse("0.1.0"); // as the specification has it
    return new NetConf(
        version,
        text(object, "name").orElse(""),
        object(object, "dns"),
        object(object, "prevResult"),
        attachments(object));
  }

  /** The version asked for in {@code text}, whatever else is wrong with it. */
  static String versionOf(String text) {
    try {
      return text(json(text), "cniVersion").orElse(CniVersion.DEFAULT);
    } catch (JsonParseException | IllegalStateException | CniError e) {
      return CniVersion.DEFAULT;
    }
  }

  /**
   * @throws CniError when this configuration cannot be obeyed
   */
  void check(CniRequest.Command command) {
    if (!CniVersion.supported(cniVersion)) {
      throw new CniError(
          CniError.INCOMPATIBLE_VERSION,
          Problem.of(
              WHERE + ": cniVersion",
              "one of " + String.join(", ", CniVersion.SUPPORTED),
              '"' + cniVersion + '"'));
    }
    if (command == CniRequest.Command.ADD && previous.isPresent()) {
      throw new CniError(
          CniError.BAD_CONFIGURATION,
          Problem.of(WHERE + ": prevResult", "none on ADD", "the result of another plugin")
              .remedy("let weir-cni be the first of the list"));
    }
    if (command == CniRequest.Command.CHECK && previous.isEmpty()) {
      throw new CniError(
          CniError.BAD_CONFIGURATION,
          Problem.of(WHERE + ": prevResult", "the result of ADD", "none"));
    }
  }

  /**
   * The object that {@code text} is. That it begins as one is seen here: Gson's reader never comes
   * to an end with a byte order mark before a long word.
   *
   * @throws IllegalStateException when it is none
   * @throws CniError when it is so deep that printing it would overflow the stack
   */
  private static JsonObject json(String text) {
    if (!text.strip().startsWith("{")) {
      throw new IllegalStateException("no object");
    }
    JsonObject object = JsonParser.parseString(text).getAsJsonObject();
    if (!isWithin(DEEPEST, object)) {
      throw new CniError(
          CniError.UNDECODABLE, Problem.of(WHERE, "at most " + DEEPEST + " levels", "more"));
    }
    return object;
  }

  private static boolean isWithin(int levels, JsonElement element) {
    if (!element.isJsonObject() && !element.isJsonArray()) {
      return true;
    }
    Iterable<JsonElement> children =
        element instanceof JsonArray array ? array : element.getAsJsonObject().asMap().values();
    for (JsonElement child : children) {
      if (levels == 1 || !isWithin(levels - 1, child)) {
        return false;
      }
    }
    return true;
  }

  private static Optional<String> text(JsonObject object, String field) {
    JsonElement value = object.get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw wrong(field, "text", value);
    }
    return Optional.of(value.getAsString());
  }

  private static Optional<JsonObject> object(JsonObject object, String field) {
    JsonElement value = object.get(field);
    if (value == null || value.isJsonNull()) {
      return Optional.empty();
    }
    if (!value.isJsonObject()) {
      throw wrong(field, "an object", value);
    }
    return Optional.of(value.getAsJsonObject());
  }

  private static Optional<List<Attachment>> attachments(JsonObject object) {
    String field = "cni.dev/valid-attachments";
    JsonElement value = object.get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isJsonArray()) {
      throw wrong(field, "a list", value);
    }
    List<Attachment> attachments = new ArrayList<>();
    for (JsonElement element : (JsonArray) value) {
      if (!element.isJsonObject()) {
        throw wrong(field, "objects with containerID and ifname", element);
      }
      attachments.add(
          new Attachment(
              text(element.getAsJsonObject(), "containerID").orElse(""),
              text(element.getAsJsonObject(), "ifname").orElse("")));
    }
    return Optional.of(List.copyOf(attachments));
  }

  private static CniError wrong(String field, String expected, JsonElement came) {
    return new CniError(
        CniError.UNDECODABLE, Problem.of(WHERE + ": " + field, expected, shorten(came.toString())));
  }

  private static String shorten(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() <= 60 ? line : line.substring(0, 60) + "…";
  }
}
