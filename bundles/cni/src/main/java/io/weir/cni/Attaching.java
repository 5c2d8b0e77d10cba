package io.weir.cni;

import com.google.gson.JsonObject;
import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ADD, DEL and CHECK do with one attachment.
 *
 * <p>ADD never lets a packet pass before policy does: the pod's end of the veth stays down until
 * the endpoint's policy and routes are reported to be in force. Whatever ADD has made by then is
 * undone, last first, when it fails or is given up.
 */
final class Attaching {
  private static final Logger LOG = LoggerFactory.getLogger(Attaching.class);

  private final EndpointStore store;
  private final PodLinks links;
  private final Waiting waiting;

  Attaching(EndpointStore store, PodLinks links, Waiting waiting) {
    this.store = store;
    this.links = links;
    this.waiting = waiting;
  }

  JsonObject add(CniRequest request, Progress progress) throws InterruptedException {
    LocalNode node = node();
    Deque<Runnable> undo = new ArrayDeque<>();
    boolean done = false;
    try {
      JsonObject result = add(request, node, progress, undo);
      done = true;
      return result;
    } finally {
      if (!done) {
        undo.forEach(Attaching::attempt);
      }
    }
  }

  private JsonObject add(
      CniRequest request, LocalNode node, Progress progress, Deque<Runnable> undo)
      throws InterruptedException {
    Attachment attachment = request.attachment();
    refuseSecond(attachment);
    long cookie = links.cookie(request.netns());

    undo.push(() -> store.unclaim(attachment));
    store.claim(request);
    List<Address> addresses = waiting.lease(attachment, progress);

    Endpoint reserved = store.reserve(request, addresses, cookie);
    undo.push(() -> store.forget(reserved));
    undo.push(() -> links.delete(reserved.hostInterface()));
    int hostIfindex = links.create(reserved, request.netns(), node);

    Endpoint endpoint = store.publish(reserved, hostIfindex);
    waiting.inForce(endpoint, progress);
    links.open(endpoint, request.netns(), node);
    progress.alive();
    return CniResult.json(request, endpoint, node, node.mtu());
  }

  /**
   * Of an attachment that is not there, or only in part, too: a runtime may call DEL at any time.
   */
  void delete(Attachment attachment, Progress progress) throws InterruptedException {
    links.delete(attachment.hostInterface());
    store.find(attachment).ifPresent(entry -> store.forget(entry.endpoint()));
    waiting.settle(progress);
    store.unclaim(attachment);
  }

  void check(CniRequest request) {
    Attachment attachment = request.attachment();
    Endpoint endpoint =
        store
            .find(attachment)
            .map(EndpointBook.Entry::endpoint)
            .orElseThrow(
                () ->
                    new CniError(
                        CniError.UNKNOWN_CONTAINER,
                        Problem.of("attachment " + attachment.claim(), "an endpoint", "none")));
    Optional<Problem> problem =
        CniResult.difference(request.configuration().previous().orElseThrow(), endpoint)
            .or(() -> links.difference(endpoint, request.netns(), node()))
            .or(() -> waiting.notInForce(endpoint));
    if (problem.isPresent()) {
      throw new CniError(CniError.NOT_AS_EXPECTED, problem.get());
    }
  }

  /** The runtime has promised a DEL in between; an interface that has gone with its pod is none. */
  private void refuseSecond(Attachment attachment) {
    Optional<EndpointBook.Entry> before = store.find(attachment);
    if (before.isEmpty()) {
      return;
    }
    Endpoint endpoint = before.get().endpoint();
    if (links.hostInterfaces().containsKey(endpoint.hostInterface())) {
      throw new CniError(
          CniError.NOT_AS_EXPECTED,
          Problem.of("attachment " + attachment.claim(), "none yet", "endpoint " + endpoint.id())
              .remedy("call DEL first"));
    }
    store.forget(endpoint);
  }

  private LocalNode node() {
    return waiting
        .node()
        .orElseThrow(
            () ->
                new CniError(
                    CniError.TRY_AGAIN_LATER,
                    Problem.of("node", "its addresses and pod CIDRs", "nothing yet")
                        .remedy("see weir status")));
  }

  private static void attempt(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.warn("an ADD was undone in part only: {}", e.getMessage(), e);
    }
  }
}
