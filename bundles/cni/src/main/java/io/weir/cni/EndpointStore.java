package io.weir.cni;

import io.weir.api.Problem;
import io.weir.api.StateFiles;
import io.weir.api.row.Address;
import io.weir.api.row.AddressClaim;
import io.weir.api.row.Endpoint;
import io.weir.api.row.Prefix;
import io.weir.api.row.Route;
import io.weir.api.row.WeirTables;
import io.weir.api.table.Epoch;
import io.weir.api.table.Owner;
import io.weir.api.table.Tables;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The endpoints of this node: first on the disk, then in the tables. Endpoints are written before
 * the claims that they stand for, so that whoever sees a claim sees what its interface has.
 */
final class EndpointStore implements AutoCloseable {
  static final String OWNER = "io.weir.cni";

  private final StateFiles files;
  private final Epoch<Integer, Endpoint> endpoints;
  private final Epoch<Prefix, Route> routes;
  private final Epoch<String, AddressClaim> claims;
  private EndpointBook book;

  /**
   * Takes over the endpoints of the file whose interfaces are still there, and forgets the others.
   *
   * @param kernel the number of a host interface, if there is one of this name
   */
  EndpointStore(Tables tables, StateFiles files, Function<String, Optional<Integer>> kernel) {
    this.files = files;
    EndpointBook before =
        files.read(EndpointBook.FILE).map(EndpointBook::decode).orElse(EndpointBook.EMPTY);
    this.book = before.numbered(kernel);
    if (!book.entries().keySet().equals(before.entries().keySet())) {
      files.write(EndpointBook.FILE, book.encode());
    }
    Owner owner = Owner.of(OWNER);
    endpoints = tables.table(WeirTables.ENDPOINTS).write(owner);
    routes = tables.table(WeirTables.ROUTES).write(owner);
    claims = tables.table(WeirTables.ADDRESS_CLAIMS).write(owner);
    Map<Integer, Endpoint> endpointRows = new HashMap<>();
    Map<Prefix, Route> routeRows = new HashMap<>();
    Map<String, AddressClaim> claimRows = new HashMap<>();
    for (EndpointBook.Entry entry : book.entries().values()) {
      Endpoint endpoint = entry.endpoint();
      endpointRows.put(endpoint.id(), endpoint);
      routesOf(endpoint).forEach(route -> routeRows.put(route.prefix(), route));
      AddressClaim claim = claim(entry.attachment(), endpoint.namespace(), endpoint.pod());
      claimRows.put(claim.id(), claim);
    }
    endpoints.set(endpointRows);
    routes.set(routeRows);
    claims.set(claimRows);
  }

  synchronized List<EndpointBook.Entry> entries() {
    return List.copyOf(book.entries().values());
  }

  synchronized Optional<EndpointBook.Entry> find(Attachment attachment) {
    return book.find(attachment);
  }

  void claim(CniRequest request) {
    AddressClaim claim = claim(request.attachment(), request.namespace(), request.pod());
    claims.put(claim.id(), claim);
  }

  void unclaim(Attachment attachment) {
    claims.remove(attachment.claim());
  }

  /**
   * Gives an endpoint its id and writes it down; nobody else knows of it yet.
   *
   * @throws CniError when no id is free
   */
  synchronized Endpoint reserve(CniRequest request, List<Address> addresses, long netnsCookie) {
    Attachment attachment = request.attachment();
    int id =
        book.freeId()
            .orElseThrow(
                () ->
                    new CniError(
                        CniError.TRY_AGAIN_LATER,
                        Problem.of("endpoints", "a free endpoint id", "65535 endpoints")
                            .remedy("delete pods of this node")));
    Endpoint endpoint =
        new Endpoint(
            id,
            request.namespace(),
            request.pod(),
            attachment.containerId(),
            attachment.interfaceName(),
            attachment.hostInterface(),
            0,
            attachment.mac(),
            addresses,
            netnsCookie);
    replace(book.with(new EndpointBook.Entry(endpoint, request.configuration().name())));
    return endpoint;
  }

  /** Makes an endpoint known to all, now that its interface has the number {@code hostIfindex}. */
  synchronized Endpoint publish(Endpoint reserved, int hostIfindex) {
    EndpointBook.Entry entry = book.entries().get(reserved.id()).withIfindex(hostIfindex);
    book = book.with(entry); // the file does not tell the number
    Endpoint endpoint = entry.endpoint();
    endpoints.put(endpoint.id(), endpoint);
    routesOf(endpoint).forEach(route -> routes.put(route.prefix(), route));
    return endpoint;
  }

  synchronized void forget(Endpoint endpoint) {
    endpoints.remove(endpoint.id());
    routesOf(endpoint).forEach(route -> routes.remove(route.prefix()));
    if (book.entries().containsKey(endpoint.id())) {
      replace(book.without(endpoint.id()));
    }
  }

  static List<Route> routesOf(Endpoint endpoint) {
    return endpoint.addresses().stream()
        .map(address -> new Route(Prefix.host(address), endpoint.hostInterface(), List.of()))
        .toList();
  }

  private void replace(EndpointBook next) {
    files.write(EndpointBook.FILE, next.encode());
    book = next;
  }

  private static AddressClaim claim(Attachment attachment, String namespace, String pod) {
    return new AddressClaim(attachment.claim(), namespace, pod);
  }

  @Override
  public void close() {
    claims.close();
    routes.close();
    endpoints.close();
  }
}
