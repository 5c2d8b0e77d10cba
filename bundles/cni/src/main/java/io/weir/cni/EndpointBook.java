package io.weir.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The endpoints of this node, as {@code state/endpoints.json} keeps them: written before anything
 * of an endpoint is made, so that whatever a crash leaves behind is known.
 *
 * @param last the id given out last; the search goes on behind it, so that an id returns as late as
 *     possible
 */
record EndpointBook(int last, SortedMap<Integer, Entry> entries) {
  static final String FILE = "endpoints.json";
  static final EndpointBook EMPTY = new EndpointBook(0, new TreeMap<>());

  private static final int VERSION = 1;
  private static final int MOST = 65535;
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  /**
   * @param network name of the network configuration that made it
   */
  record Entry(Endpoint endpoint, String network) {
    Attachment attachment() {
      return new Attachment(endpoint.containerId(), endpoint.interfaceName());
    }

    Entry withIfindex(int hostIfindex) {
      return new Entry(
          new Endpoint(
              endpoint.id(),
              endpoint.namespace(),
              endpoint.pod(),
              endpoint.containerId(),
              endpoint.interfaceName(),
              endpoint.hostInterface(),
              hostIfindex,
              endpoint.mac(),
              endpoint.addresses(),
              endpoint.netnsCookie()),
          network);
    }
  }

  private record Text(int version, int last, List<Line> endpoints) {}

  private record Line(
      int id,
      String namespace,
      String pod,
      String container,
      String interfaceName,
      String hostInterface,
      String mac,
      List<String> addresses,
      long netnsCookie,
      String network) {}

  EndpointBook {
    entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
  }

  Optional<Entry> find(Attachment attachment) {
    return entries.values().stream()
        .filter(entry -> entry.attachment().equals(attachment))
        .findFirst();
  }

  /** An id that no endpoint has, and none had lately; empty when all are taken. */
  Optional<Integer> freeId() {
    for (int i = 0; i < MOST; i++) {
      int id = (last + i) % MOST + 1;
      if (!entries.containsKey(id)) {
        return Optional.of(id);
      }
    }
    return Optional.empty();
  }

  /** With a new entry, or an old one's new value. */
  EndpointBook with(Entry entry) {
    int id = entry.endpoint().id();
    SortedMap<Integer, Entry> next = new TreeMap<>(entries);
    return new EndpointBook(next.put(id, entry) == null ? id : last, next);
  }

  EndpointBook without(int id) {
    SortedMap<Integer, Entry> next = new TreeMap<>(entries);
    next.remove(id);
    return new EndpointBook(last, next);
  }

  /** Those whose interface {@code kernel} knows, with its number. */
  EndpointBook numbered(Function<String, Optional<Integer>> kernel) {
    SortedMap<Integer, Entry> next = new TreeMap<>();
    entries.forEach(
        (id, entry) ->
            kernel
                .apply(entry.endpoint().hostInterface())
                .ifPresent(ifindex -> next.put(id, entry.withIfindex(ifindex))));
    return new EndpointBook(last, next);
  }

  byte[] encode() {
    List<Line> lines = entries.values().stream().map(EndpointBook::line).toList();
    return GSON.toJson(new Text(VERSION, last, lines)).getBytes(UTF_8);
  }

  /**
   * @throws ProblemException when {@code bytes} are not what {@link #encode} writes
   */
  static EndpointBook decode(byte[] bytes) {
    try {
      Text text = GSON.fromJson(new String(bytes, UTF_8), Text.class);
      if (text == null || text.version != VERSION) {
        throw unreadable(text == null ? "nothing" : "version " + text.version, null);
      }
      SortedMap<Integer, Entry> entries = new TreeMap<>();
      text.endpoints.forEach(line -> entries.put(line.id, entry(line)));
      return new EndpointBook(text.last, entries);
    } catch (JsonParseException | IllegalArgumentException | NullPointerException e) {
      throw unreadable(String.valueOf(e.getMessage()), e);
    }
  }

  private static Line line(Entry entry) {
    Endpoint endpoint = entry.endpoint();
    return new Line(
        endpoint.id(),
        endpoint.namespace(),
        endpoint.pod(),
        endpoint.containerId(),
        endpoint.interfaceName(),
        endpoint.hostInterface(),
        endpoint.mac(),
        endpoint.addresses().stream().map(Address::toString).toList(),
        endpoint.netnsCookie(),
        entry.network());
  }

  private static Entry entry(Line line) {
    return new Entry(
        new Endpoint(
            line.id,
            line.namespace,
            line.pod,
            line.container,
            line.interfaceName,
            line.hostInterface,
            0,
            line.mac,
            line.addresses.stream().map(Address::parse).toList(),
            line.netnsCookie),
        line.network);
  }

  private static ProblemException unreadable(String came, Exception cause) {
    return new ProblemException(
        new Problem(
            "state/" + FILE,
            "the endpoints of this node, version " + VERSION,
            came,
            "restore the file; or delete the pods of this node, remove it, and start again"),
        cause);
  }
}
