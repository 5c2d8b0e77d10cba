package io.weir.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The resolv.conf that pods of a namespace see: the Service kube-dns answers. */
final class Resolver {
  private static final String DOMAIN = "cluster.local";

  private final Names names;
  private final Client client;
  private final String node;
  private final Set<Path> written = new HashSet<>();
  private List<String> servers;

  Resolver(Names names, String node, Client client) {
    this.names = names;
    this.node = node;
    this.client = client;
  }

  /** The file, written when it is first asked for. */
  synchronized Path file(String namespace) {
    Path file = names.directory().resolve("resolv").resolve(node + "-" + namespace);
    if (written.add(file)) {
      try {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text(namespace, servers()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return file;
  }

  static String text(String namespace, List<String> servers) {
    StringBuilder text = new StringBuilder();
    servers.forEach(server -> text.append("nameserver ").append(server).append('\n'));
    return text.append(
            "search %1$s.svc.%2$s svc.%2$s %2$s\noptions ndots:5 timeout:2\n"
                .formatted(namespace, DOMAIN))
        .toString();
  }

  private List<String> servers() {
    if (servers == null) {
      servers =
          client.get("services").stream()
              .map(ServiceNames.Entry::parse)
              .filter(entry -> entry.namespace().equals("kube-system"))
              .filter(entry -> entry.name().equals("kube-dns"))
              .findFirst()
              .map(ServiceNames.Entry::addresses)
              .orElse(List.of());
    }
    return servers;
  }
}
