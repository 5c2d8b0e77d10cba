package io.weir.policy.compile;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.weir.api.Problem;
import io.weir.api.row.Prefix;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Numbers that outlive the engine, as {@code policy-numbers.json} keeps them.
 *
 * @param classes numbers of classes that are not what their content's hash says
 * @param rules numbers of rules of which the same is true
 */
public record Kept(
    Map<SlotKey, Integer> slots,
    int nextSlot,
    Map<Prefix, Integer> blocks,
    int nextBlock,
    Map<String, Integer> classes,
    Map<String, Integer> rules) {
  public static final String FILE = "policy-numbers.json";
  public static final Kept NOTHING = new Kept(Map.of(), 1, Map.of(), 1, Map.of(), Map.of());

  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  private record Json(
      TreeMap<String, Integer> slots,
      int nextSlot,
      TreeMap<String, Integer> blocks,
      int nextBlock,
      TreeMap<String, Integer> classes,
      TreeMap<String, Integer> rules) {}

  /** The inverse of {@link #encode}; nothing where there is no file. */
  public static Kept decode(Optional<byte[]> bytes) {
    if (bytes.isEmpty()) {
      return NOTHING;
    }
    try {
      Json json = GSON.fromJson(new String(bytes.get(), StandardCharsets.UTF_8), Json.class);
      return new Kept(
          keys(json.slots(), SlotKey::parse),
          json.nextSlot(),
          keys(json.blocks(), Prefix::parse),
          json.nextBlock(),
          Map.copyOf(json.classes()),
          Map.copyOf(json.rules()));
    } catch (JsonParseException | IllegalArgumentException | NullPointerException e) {
      throw Problem.of(
              "state/" + FILE,
              "numbers of slots, blocks, classes and rules, as Weir wrote them",
              String.valueOf(e.getMessage()))
          .remedy("bring back a copy of the file, or remove it: policies then get new numbers")
          .asException();
    }
  }

  /** The bytes of the file. */
  public byte[] encode() {
    return GSON.toJson(
            new Json(
                texts(slots),
                nextSlot,
                texts(blocks),
                nextBlock,
                new TreeMap<>(classes),
                new TreeMap<>(rules)))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static <K> Map<K, Integer> keys(Map<String, Integer> texts, Function<String, K> parse) {
    Map<K, Integer> keys = new TreeMap<>();
    texts.forEach((text, number) -> keys.put(parse.apply(text), number));
    return keys;
  }

  private static TreeMap<String, Integer> texts(Map<?, Integer> keys) {
    TreeMap<String, Integer> texts = new TreeMap<>();
    keys.forEach((key, number) -> texts.put(key.toString(), number));
    return texts;
  }
}
