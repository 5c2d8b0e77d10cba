package io.weir.lab;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Looking into JSON that may lack what is looked for. */
final class Json {
  private Json() {}

  /** The object at {@code path}; an empty one where there is none. */
  static JsonObject object(JsonObject from, String... path) {
    JsonObject at = from;
    for (String name : path) {
      JsonElement next = at.get(name);
      if (next == null || !next.isJsonObject()) {
        return new JsonObject();
      }
      at = next.getAsJsonObject();
    }
    return at;
  }

  /** The text or number called {@code name}; empty where there is none. */
  static String text(JsonObject from, String name) {
    JsonElement value = from.get(name);
    return value != null && value.isJsonPrimitive() ? value.getAsString() : "";
  }

  /** The objects of the array called {@code name}. */
  static List<JsonObject> objects(JsonObject from, String name) {
    List<JsonObject> objects = new ArrayList<>();
    for (JsonElement element : elements(from, name)) {
      if (element.isJsonObject()) {
        objects.add(element.getAsJsonObject());
      }
    }
    return objects;
  }

  /** The texts of the array called {@code name}. */
  static List<String> texts(JsonObject from, String name) {
    List<String> texts = new ArrayList<>();
    for (JsonElement element : elements(from, name)) {
      if (element.isJsonPrimitive()) {
        texts.add(element.getAsString());
      }
    }
    return texts;
  }

  private static Iterable<JsonElement> elements(JsonObject from, String name) {
    JsonElement value = from.get(name);
    return value != null && value.isJsonArray() ? value.getAsJsonArray() : List.of();
  }
}
