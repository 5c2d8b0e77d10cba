package io.weir.policy;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The file that keeps the versions of policies that are in force, so that they stay in force over a
 * restart, though they are written otherwise by then and the newest version is refused.
 */
final class LastGood {
  static final String FILE = "policy-last-good.json";

  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().serializeNulls().create();

  private LastGood() {}

  static byte[] encode(Collection<Resource> resources) {
    JsonArray array = new JsonArray();
    for (Resource resource : resources) {
      JsonObject object = new JsonObject();
      object.addProperty("kind", resource.key().kind());
      object.addProperty("namespace", resource.key().namespace());
      object.addProperty("name", resource.key().name());
      object.addProperty("apiVersion", resource.apiVersion());
      object.add("body", json(resource.body()));
      array.add(object);
    }
    return GSON.toJson(array).getBytes(StandardCharsets.UTF_8);
  }

  static Map<ResourceKey, Resource> decode(Optional<byte[]> bytes) {
    Map<ResourceKey, Resource> resources = new LinkedHashMap<>();
    if (bytes.isEmpty()) {
      return resources;
    }
    try {
      String text = new String(bytes.get(), StandardCharsets.UTF_8);
      for (JsonElement element : JsonParser.parseString(text).getAsJsonArray()) {
        JsonObject object = element.getAsJsonObject();
        ResourceKey key =
            new ResourceKey(
                object.get("kind").getAsString(),
                object.get("namespace").getAsString(),
                object.get("name").getAsString());
        resources.put(
            key,
            new Resource(
                key,
                object.get("apiVersion").getAsString(),
                Map.of(),
                Map.of(),
                map(object.getAsJsonObject("body")),
                Resource.Origin.derived("state/" + FILE)));
      }
      return resources;
    } catch (JsonParseException | IllegalStateException | NullPointerException e) {
      throw Problem.of(
              "state/" + FILE, "policies, as Weir wrote them", String.valueOf(e.getMessage()))
          .remedy(
              "bring back a copy of the file, or remove it: refused policies then have no force")
          .asException();
    }
  }

  private static JsonElement json(Object value) {
    if (value instanceof Map<?, ?> map) {
      JsonObject object = new JsonObject();
      map.forEach((key, inner) -> object.add(String.valueOf(key), json(inner)));
      return object;
    }
    if (value instanceof List<?> list) {
      JsonArray array = new JsonArray();
      list.forEach(inner -> array.add(json(inner)));
      return array;
    }
    if (value instanceof Boolean flag) {
      return new JsonPrimitive(flag);
    }
    if (value instanceof Number number) {
      return new JsonPrimitive(number);
    }
    return value == Resource.NULL ? JsonNull.INSTANCE : new JsonPrimitive(value.toString());
  }

  private static Map<String, Object> map(JsonObject object) {
    Map<String, Object> map = new LinkedHashMap<>();
    object.entrySet().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
    return java.util.Collections.unmodifiableMap(map);
  }

  private static Object value(JsonElement element) {
    if (element.isJsonObject()) {
      return map(element.getAsJsonObject());
    }
    if (element.isJsonArray()) {
      List<Object> list = new ArrayList<>();
      element.getAsJsonArray().forEach(inner -> list.add(value(inner)));
      return List.copyOf(list);
    }
    if (element.isJsonNull()) {
      return Resource.NULL;
    }
    JsonPrimitive primitive = element.getAsJsonPrimitive();
    if (primitive.isBoolean()) {
      return primitive.getAsBoolean();
    }
    if (!primitive.isNumber()) {
      return primitive.getAsString();
    }
    String text = primitive.getAsString();
    return text.matches("-?\\d+") ? (Object) Long.valueOf(text) : Double.valueOf(text);
  }
}
