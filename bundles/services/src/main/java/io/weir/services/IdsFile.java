package io.weir.services;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Address;
import io.weir.api.row.FrontendKey;
import io.weir.api.row.ResourceKey;
import io.weir.services.Draft.Claim;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code state/services.json}: which number stands for which frontend.
 *
 * <pre>{@code
 * {"version": 1, "next": 2,
 *  "ids": {"1": {"address": "10.96.0.10", "port": 53, "protocol": 17,
 *                "namespace": "kube-system", "service": "kube-dns"}}}
 * }</pre>
 */
final class IdsFile {
  static final String NAME = "services.json";
  private static final int VERSION = 1;
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  /**
   * What is kept.
   *
   * @param next where the search for a free number goes on
   */
  record Content(int next, SortedMap<Integer, Claim> ids) {
    static final Content EMPTY = new Content(Ids.FIRST, new TreeMap<>());

    Content {
      ids = Collections.unmodifiableSortedMap(new TreeMap<>(ids));
    }
  }

  private record Text(int version, int next, TreeMap<Integer, Entry> ids) {}

  private record Entry(String address, int port, int protocol, String namespace, String service) {
    static Entry of(Claim claim) {
      FrontendKey frontend = claim.frontend();
      return new Entry(
          frontend.address().toString(),
          frontend.port(),
          frontend.protocol(),
          claim.service().namespace(),
          claim.service().name());
    }

    Claim claim() {
      if (namespace == null || service == null) {
        throw new IllegalArgumentException("a frontend of no service");
      }
      return new Claim(
          new FrontendKey(Address.parse(address), port, protocol),
          new ResourceKey("Service", namespace, service));
    }
  }

  private IdsFile() {}

  /**
   * @throws ProblemException when {@code bytes} are not what {@link #encode} writes
   */
  static Content decode(byte[] bytes) {
    try {
      Text text = GSON.fromJson(new String(bytes, UTF_8), Text.class);
      if (text == null || text.version != VERSION) {
        throw unreadable(text == null ? "nothing" : "version " + text.version, null);
      }
      TreeMap<Integer, Claim> ids = new TreeMap<>();
      text.ids.forEach((id, entry) -> ids.put(checked(id), entry.claim()));
      return new Content(checked(text.next), ids);
    } catch (JsonParseException | IllegalArgumentException | NullPointerException e) {
      throw unreadable(String.valueOf(e.getMessage()), e);
    }
  }

  static byte[] encode(Content content) {
    TreeMap<Integer, Entry> ids = new TreeMap<>();
    content.ids().forEach((id, claim) -> ids.put(id, Entry.of(claim)));
    return GSON.toJson(new Text(VERSION, content.next(), ids)).getBytes(UTF_8);
  }

  private static int checked(int id) {
    if (id < Ids.FIRST || id > Ids.LAST) {
      throw new IllegalArgumentException("number " + id);
    }
    return id;
  }

  private static ProblemException unreadable(String came, Exception cause) {
    return new ProblemException(
        new Problem(
            "state/" + NAME,
            "numbers of frontends, version " + VERSION,
            came,
            "restore the file; or remove it, then frontends get new numbers"),
        cause);
  }
}
