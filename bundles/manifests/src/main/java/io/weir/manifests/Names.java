package io.weir.manifests;

import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Names of what is derived. They follow from what it is derived from, so that every start and every
 * node gives the same ones.
 */
final class Names {
  /** No vowels and no look-alikes, as Kubernetes has it: no words come out. */
  private static final String LETTERS = "bcdfghjklmnpqrstvwxz2456789";

  private Names() {}

  /** {@code length} letters that stand for {@code text}. */
  static String hash(String text, int length) {
    byte[] digest = digest(text);
    StringBuilder letters = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      letters.append(LETTERS.charAt((digest[i] & 0xff) % LETTERS.length()));
    }
    return letters.toString();
  }

  /** 62 bits that stand for {@code text}: never negative. */
  static long number(String text) {
    byte[] digest = digest(text);
    long number = 0;
    for (int i = 0; i < 8; i++) {
      number = number << 8 | digest[i] & 0xff;
    }
    return number >>> 2;
  }

  static String uid(ResourceKey key) {
    return UUID.nameUUIDFromBytes(key.toString().getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** As in {@code metadata.ownerReferences}. */
  static Map<String, Object> owner(ResourceKey key, String apiVersion) {
    return Map.of(
        "ownerReferences",
        List.of(
            Body.of(
                "apiVersion",
                apiVersion,
                "kind",
                key.kind(),
                "name",
                key.name(),
                "uid",
                uid(key),
                "controller",
                true,
                "blockOwnerDeletion",
                true)));
  }

  /** The same text for equal values, whatever the order of their fields. */
  static String canonical(Object value) {
    StringBuilder text = new StringBuilder();
    canonical(value, text);
    return text.toString();
  }

  private static void canonical(Object value, StringBuilder text) {
    if (value instanceof Map<?, ?> fields) {
      text.append('{');
      Map<String, Object> sorted = new TreeMap<>();
      fields.forEach((name, field) -> sorted.put((String) name, field));
      sorted.forEach(
          (name, field) -> {
            canonical(name, text);
            text.append(':');
            canonical(field, text);
          });
      text.append('}');
    } else if (value instanceof List<?> items) {
      text.append('[');
      items.forEach(item -> canonical(item, text));
      text.append(']');
    } else if (value instanceof String word) {
      text.append(word.length()).append('"').append(word);
    } else if (value != Resource.NULL) {
      text.append(value).append(',');
    }
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
