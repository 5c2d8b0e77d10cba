package io.weir.api.row;

import java.util.List;

/**
 * A service's address and its backends of the same family.
 *
 * @param serviceId 1–65535, kept over restarts: of this frontend, the number under which flows
 *     remember it
 * @param service the Service resource
 * @param portName of the service's port, or empty
 * @param backends those that take new connections; none means that clients are refused
 */
public record Frontend(
    FrontendKey key, int serviceId, ResourceKey service, String portName, List<Backend> backends) {
  public Frontend {
    backends = List.copyOf(backends);
  }
}
