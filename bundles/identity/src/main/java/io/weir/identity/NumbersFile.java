package io.weir.identity;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.weir.api.Problem;
import io.weir.api.row.Identity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** {@code identities.json}: which number stands for which labels. */
final class NumbersFile {
  static final String NAME = "identities.json";

  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  /**
   * What is kept.
   *
   * @param next where the search for a free number goes on
   */
  record Content(int next, List<Identity> identities) {
    static final Content EMPTY = new Content(Identity.FIRST_POD, List.of());
  }

  private record Json(int next, TreeMap<Integer, Map<String, String>> identities) {}

  private NumbersFile() {}

  static Content decode(Optional<byte[]> bytes) {
    if (bytes.isEmpty()) {
      return Content.EMPTY;
    }
    Json json;
    try {
      json = GSON.fromJson(new String(bytes.get(), StandardCharsets.UTF_8), Json.class);
    } catch (JsonParseException e) {
      throw unreadable(e.getMessage());
    }
    if (json == null || json.identities() == null || !isPod(json.next())) {
      throw unreadable("something else");
    }
    List<Identity> identities = new ArrayList<>();
    json.identities()
        .forEach(
            (number, labels) -> {
              if (!isPod(number) || labels == null) {
                throw unreadable(number + " for " + labels);
              }
              identities.add(new Identity(number, new TreeMap<>(labels)));
            });
    return new Content(json.next(), List.copyOf(identities));
  }

  static byte[] encode(Content content) {
    TreeMap<Integer, Map<String, String>> identities = new TreeMap<>();
    for (Identity identity : content.identities()) {
      identities.put(identity.number(), identity.labels());
    }
    return GSON.toJson(new Json(content.next(), identities)).getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isPod(int number) {
    return number >= Identity.FIRST_POD && number < Identity.END_POD;
  }

  private static RuntimeException unreadable(String came) {
    return Problem.of("state/" + NAME, "numbers and their labels, as Weir wrote them", came)
        .remedy("bring back a copy of the file, or remove it: pods then get new numbers")
        .asException();
  }
}
