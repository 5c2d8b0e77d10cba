package io.weir.manifests;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.reflect.TypeToken;
import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.ResourceKey;
import io.weir.manifests.Manifest.Document;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The two files of {@code state/}: addresses of services, and what was last good of each file. */
final class Json {
  static final String CLUSTER_IPS = "cluster-ips.json";
  static final String LAST_GOOD = "manifests.json";

  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private record Held(String namespace, String name, List<String> addresses) {}

  private record Good(String file, int line, String text, boolean item) {}

  private Json() {}

  static byte[] clusterIps(Map<ResourceKey, List<Address>> held) {
    List<Held> all = new ArrayList<>();
    new TreeMap<>(held)
        .forEach(
            (key, addresses) ->
                all.add(
                    new Held(
                        key.namespace(),
                        key.name(),
                        addresses.stream().map(Address::toString).toList())));
    return GSON.toJson(all).getBytes(StandardCharsets.UTF_8);
  }

  static Map<ResourceKey, List<Address>> clusterIps(byte[] bytes) {
    Map<ResourceKey, List<Address>> held = new HashMap<>();
    for (Held one : parse(CLUSTER_IPS, bytes, new TypeToken<List<Held>>() {})) {
      held.put(
          new ResourceKey("Service", one.namespace(), one.name()),
          one.addresses().stream().map(Address::parse).toList());
    }
    return held;
  }

  /** Of the user's files only: what was applied is never bad. */
  static byte[] lastGood(Map<String, Map<ResourceKey, Document>> good) {
    List<Good> all = new ArrayList<>();
    new TreeMap<>(good)
        .forEach(
            (file, documents) -> {
              if (file.startsWith(Sources.APPLIED)) {
                return;
              }
              new TreeMap<>(documents)
                  .forEach(
                      (key, document) -> {
                        boolean item = document.text().isEmpty();
                        String text =
                            item
                                ? ResourceText.yaml(document.resource().orElseThrow())
                                : document.text();
                        all.add(new Good(file, document.line(), text, item));
                      });
            });
    return GSON.toJson(all).getBytes(StandardCharsets.UTF_8);
  }

  static Map<String, Map<ResourceKey, Document>> lastGood(byte[] bytes) {
    Map<String, Map<ResourceKey, Document>> good = new HashMap<>();
    for (Good one : parse(LAST_GOOD, bytes, new TypeToken<List<Good>>() {})) {
      Manifest manifest = AppliedFiles.at(one.line(), "default", one.file(), one.text());
      for (Document document : manifest.documents()) {
        if (document.resource().isPresent()) {
          good.computeIfAbsent(one.file(), file -> new LinkedHashMap<>())
              .put(
                  document.key().orElseThrow(),
                  one.item() ? AppliedFiles.item(document) : document);
        }
      }
    }
    return good;
  }

  private static <T> List<T> parse(String name, byte[] bytes, TypeToken<List<T>> type) {
    try {
      List<T> parsed = GSON.fromJson(new String(bytes, StandardCharsets.UTF_8), type);
      return parsed == null ? List.of() : parsed;
    } catch (JsonParseException | IllegalArgumentException e) {
      throw Problem.of("state/" + name, "what Weir has written there", e.getMessage())
          .remedy("restore it from a backup, or remove it to begin anew")
          .asException();
    }
  }
}
