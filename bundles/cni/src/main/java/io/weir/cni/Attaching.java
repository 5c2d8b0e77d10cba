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
  private final PodCheck podCheck;
  private final Waiting waiting;

  Attaching(EndpointStore store, PodLinks links, PodCheck podCheck, Waiting waiting) {
    this.store = store;
    this.links = links;
    this.podCheck = podCheck;
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
    refuseSecond(attachment, progress);
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
   * The addresses rest for longer than others need to see that the endpoint has gone.
   */
  void delete(Attachment attachment) {
    links.delete(attachment.hostInterface());
    store.find(attachment).ifPresent(entry -> store.forget(entry.endpoint()));
    store.unclaim(attachment);
  }

  /** Returns when the endpoint has gone from the kernel too, or others take too long over it. */
  void delete(Attachment attachment, Progress progress) throws InterruptedException {
    delete(attachment);
    waiting.settle(progress);
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
    JsonObject previous = request.configuration().previous().orElseThrow();
    Optional<Problem> problem =
        CniResult.difference(previous, endpoint)
            .or(
                () ->
                    podCheck.difference(
                        endpoint, request.netns(), CniResult.gateways(previous), node().hostMac()))
            .or(() -> waiting.notInForce(endpoint));
    if (problem.isPresent()) {
      throw new CniError(CniError.NOT_AS_EXPECTED, problem.get());
    }
  }

  /**
   * The runtime has promised a DEL in between. What it leaves behind when a pod's namespace has
   * gone with its interface, and the same container comes again, is taken away here, and all have
   * seen that: else they would take the new interface for the old one.
   */
  private void refuseSecond(Attachment attachment, Progress progress) throws InterruptedException {
    Optional<EndpointBook.Entry> before = store.find(attachment);
    if (before.isEmpty()) {
      return;
    }
    Endpoint endpoint = before.get().endpoint();
    if (links.hostIfindex(endpoint.hostInterface()).isPresent()) {
      throw new CniError(
          CniError.NOT_AS_EXPECTED,
          Problem.of("attachment " + attachment.claim(), "none yet", "endpoint " + endpoint.id())
              .remedy("call DEL first"));
    }
    delete(attachment, progress);
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
