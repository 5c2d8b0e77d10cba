package io.weir.datapath;

import io.weir.api.row.Address;
import io.weir.api.row.Direction;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyVerdict;
import io.weir.datapath.FlowModel.Fate;
import io.weir.datapath.FlowModel.Key;
import io.weir.datapath.FlowModel.Policy;
import io.weir.datapath.FlowModel.Rule;
import io.weir.datapath.FlowModel.Send;
import io.weir.datapath.FlowModel.View;
import io.weir.datapath.TestNode.Pod;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.FlowLayout;
import io.weir.itests.testing.packet.Packet;
import io.weir.itests.testing.packet.Party;
import io.weir.itests.testing.packet.SkBuff;
import io.weir.linux.BpfMap;
import io.weir.linux.TestRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Does the same to a node's kernel and to a {@link FlowModel}, and says where they part; and where
 * what both do breaks a promise that needs no model.
 */
final class FlowRun {
  /**
   * Idle times, in jiffies, that no run of a test comes near, and half of which the clock knows.
   */
  private static final int LIFE = 1_000_000_000;

  private static final int OPENING_OR_ENDING = Packet.SYN | Packet.FIN | Packet.RST;

  private final TestNode node;
  private final List<Pod> pods;
  private final Map<Send, byte[]> frames = new HashMap<>();

  private FlowModel model = new FlowModel();

  /**
   * TCP connections that someone has opened and was never forbidden since: packets of who asked.
   */
  private final Map<Key, Key> opened = new HashMap<>();

  /** Reason → packets that were seen to be dropped. */
  final Map<Integer, Long> dropped = new HashMap<>();

  FlowRun(TestNode node, List<Pod> pods) {
    this.node = node;
    this.pods = pods;
    node.times(FlowTimes.alike(1000, 0, LIFE / 1000));
    node.put();
  }

  /** Where a run went wrong. */
  record Failure(int step, String what) {}

  /** From no flows, and policies that are open. */
  Optional<Failure> all(List<FlowStep> steps) {
    begin();
    for (int i = 0; i < steps.size(); i++) {
      Optional<String> wrong = take(steps.get(i));
      if (wrong.isPresent()) {
        return Optional.of(new Failure(i, wrong.get()));
      }
    }
    return Optional.empty();
  }

  private void begin() {
    node.kernel.clear("flows4");
    node.kernel.clear("flows6");
    model = new FlowModel();
    opened.clear();
    for (int slot = 2; slot < 2 + 2 * pods.size(); slot++) {
      rules(slot, Policy.OPEN);
    }
    node.told();
  }

  private Optional<String> take(FlowStep step) {
    if (step instanceof FlowStep.Meet meet) {
      return meet(meet.send());
    }
    if (step instanceof FlowStep.Rules rules) {
      return rules(rules.slot(), rules.policy());
    }
    if (step instanceof FlowStep.Age age) {
      age(age.key());
      return compare(age.key());
    }
    if (step instanceof FlowStep.Lose lose) {
      table(lose.key()).delete(bytes(lose.key()));
      return compare(lose.key());
    }
    FlowStep.Evict evict = (FlowStep.Evict) step;
    evict(evict.key());
    if (evict.both()) {
      evict(evict.key().reversed());
    }
    return compare(evict.key());
  }

  private Optional<String> meet(Send send) {
    Key key = send.key();
    byte[] frame = frames.computeIfAbsent(send, this::frame);
    Fate expected = model.send(send, frame.length);
    TestRun.Result result =
        node.kernel
            .program(send.toPod() ? "to_pod" : "from_pod")
            .run(TestRun.of(frame).context(SkBuff.at(pods.get(send.at() - 1).ifindex())));
    List<Told> told = node.told();
    Fate came = new Fate(verdict(result.code(), told), told.stream().map(this::text).toList());
    if (!came.equals(expected)) {
      return Optional.of("expected %s, came %s".formatted(expected, came));
    }
    told.stream()
        .filter(event -> event.type() == Abi.EVENT_DROPPED)
        .forEach(event -> dropped.merge(event.reason(), 1L, Long::sum));
    boolean passed = result.code() != TestNode.TC_SHOT;
    return compare(key)
        .or(() -> passed ? allowed(send) : cut(send))
        .or(
            () -> {
              remember(send, passed);
              return Optional.empty();
            });
  }

  private static String verdict(int action, List<Told> told) {
    return switch (action) {
      case TestNode.TC_OK -> "pass";
      case TestNode.TC_REDIRECT -> "redirect";
      case TestNode.TC_SHOT ->
          "drop "
              + told.stream()
                  .filter(event -> event.type() == Abi.EVENT_DROPPED)
                  .map(event -> String.valueOf(event.reason()))
                  .findFirst()
                  .orElse("?");
      default -> "action " + action;
    };
  }

  /** By what the kernel's entry says of who asked, and the policies that are in force. */
  private Optional<String> allowed(Send send) {
    Key key = send.key();
    Optional<View> entry = there(key);
    if (entry.isEmpty()) {
      return Optional.of("passed without an entry");
    }
    boolean asks = (entry.get().flags() & Abi.FLOW_INITIATOR) != 0;
    int reason = model.judge(asks ? key : key.reversed());
    return reason == 0
        ? Optional.empty()
        : Optional.of("passed, but its flow is not permitted: %d".formatted(reason));
  }

  /** A connection that its client may have, and had, is not cut whatever was evicted. */
  private Optional<String> cut(Send send) {
    boolean amid =
        send.key().tcp() && (send.flags() & (OPENING_OR_ENDING | Packet.ACK)) == Packet.ACK;
    return amid && send.honest() && opened.containsKey(canonical(send.key()))
        ? Optional.of(
            "cut a connection that %s may have".formatted(opened.get(canonical(send.key()))))
        : Optional.empty();
  }

  private void remember(Send send, boolean passed) {
    Key connection = canonical(send.key());
    boolean answers =
        send.key().tcp() && (send.flags() & (Packet.SYN | Packet.ACK)) == (Packet.SYN | Packet.ACK);
    if (passed && send.syn()) {
      opened.put(connection, send.key());
    } else if (answers && send.key().equals(opened.get(connection))) {
      opened.remove(connection); // its client says that it is none
    }
  }

  private static Key canonical(Key key) {
    Key reversed = key.reversed();
    return key.toString().compareTo(reversed.toString()) < 0 ? key : reversed;
  }

  private Optional<String> compare(Key key) {
    return compareOne(key).or(() -> compareOne(key.reversed()));
  }

  private Optional<String> compareOne(Key key) {
    Optional<View> expected = model.view(key);
    Optional<View> there = there(key);
    return there.equals(expected)
        ? Optional.empty()
        : Optional.of("%s: expected %s, is %s".formatted(key, expected, there));
  }

  private Optional<View> there(Key key) {
    return table(key).lookup(bytes(key)).map(this::view);
  }

  private View view(byte[] entry) {
    return new View(
        number(FlowLayout.ifindex(entry, 0)),
        number(FlowLayout.redirect(entry, 0)),
        FlowLayout.flags(entry, 0),
        FlowLayout.tcpFlags(entry, 0),
        FlowLayout.state(entry, 0),
        FlowLayout.packets(entry, 0),
        FlowLayout.bytes(entry, 0),
        FlowLayout.egressSlot(entry, 0),
        FlowLayout.ingressSlot(entry, 0),
        FlowLayout.rule(entry, 0),
        FlowLayout.sourceIdentity(entry, 0),
        FlowLayout.destinationIdentity(entry, 0),
        revision(FlowLayout.egressSlot(entry, 0)) == FlowLayout.egressRevision(entry, 0)
            && revision(FlowLayout.ingressSlot(entry, 0)) == FlowLayout.ingressRevision(entry, 0));
  }

  private int number(int ifindex) {
    for (int i = 0; i < pods.size(); i++) {
      if (pods.get(i).ifindex() == ifindex) {
        return i + 1;
      }
    }
    return -ifindex;
  }

  private void evict(Key key) {
    table(key).delete(bytes(key));
    model.evict(key);
  }

  private void age(Key key) {
    if (model.age(key)) {
      BpfMap table = table(key);
      byte[] entry = table.lookup(bytes(key)).orElseThrow();
      FlowLayout.seen(entry, 0, FlowLayout.seen(entry, 0) - LIFE - 1);
      table.update(bytes(key), entry);
    }
  }

  /** What takes something away raises the slot's revision, what only adds does not. */
  private Optional<String> rules(int slot, Policy policy) {
    Policy before = model.policy(slot);
    int revision = revision(slot);
    Pod pod = pods.get(slot / 2 - 1);
    Direction direction = slot % 2 == 0 ? Direction.EGRESS : Direction.INGRESS;
    node.policy(
        node.compiled(
            pod,
            direction,
            policy.open() ? PolicyVerdict.ALLOW : PolicyVerdict.DENY,
            false,
            0,
            entries(policy)));
    node.putPolicies();
    boolean raised = revision(slot) != revision;
    model.policy(slot, policy, raised);
    opened.values().removeIf(asking -> model.judge(asking) != 0);
    boolean same = before.open() == policy.open();
    boolean kept = before.rules().keySet().stream().allMatch(rule -> keeps(before, policy, rule));
    boolean grown = same && kept && policy.rules().values().stream().allMatch(may -> may);
    boolean taken =
        before.open() && !policy.open()
            || before.rules().keySet().stream()
                .anyMatch(rule -> before.permits(rule) && !policy.permits(rule))
            || policy.rules().keySet().stream()
                .anyMatch(rule -> before.permits(rule) && !policy.permits(rule));
    if (raised && grown) {
      return Optional.of("an addition raised the revision of slot " + slot);
    }
    return taken && !raised
        ? Optional.of("what was taken away did not raise the revision of slot " + slot)
        : Optional.empty();
  }

  private static boolean keeps(Policy before, Policy after, Rule rule) {
    return !before.permits(rule) || after.rules().getOrDefault(rule, false);
  }

  private static Map<Integer, List<PolicyEntry>> entries(Policy policy) {
    Map<Integer, List<PolicyEntry>> entries = new HashMap<>();
    policy
        .rules()
        .forEach(
            (rule, may) -> {
              PolicyEntry entry =
                  may
                      ? TestNode.allow(rule.protocol(), rule.port(), rule.number())
                      : TestNode.deny(rule.protocol(), rule.port(), rule.number());
              add(entries, FlowModel.identity(rule.peer(), false), entry);
              if (rule.peer() == FlowModel.OUTSIDE) {
                add(entries, FlowModel.identity(rule.peer(), true), entry);
              }
            });
    return entries;
  }

  private static void add(Map<Integer, List<PolicyEntry>> entries, int peer, PolicyEntry entry) {
    entries.computeIfAbsent(peer, any -> new ArrayList<>()).add(entry);
  }

  private int revision(int slot) {
    return node.kernel
        .map("revisions")
        .lookup(Revisions.word(slot))
        .map(Revisions::number)
        .orElse(0);
  }

  private BpfMap table(Key key) {
    return node.kernel.map(key.ipv6() ? "flows6" : "flows4");
  }

  private byte[] bytes(Key key) {
    return new Flows(node.kernel, key.protocol())
        .key(
            party(key.source()).address(key.ipv6()),
            key.sourcePort(),
            party(key.destination()).address(key.ipv6()),
            key.destinationPort());
  }

  private Party party(int who) {
    return who == FlowModel.OUTSIDE ? TestNode.WORLD : pods.get(who - 1).party();
  }

  private byte[] frame(Send send) {
    Key key = send.key();
    Party from = party(key.source());
    Party to = party(key.destination());
    Packet packet =
        switch (key.protocol()) {
          case Packet.TCP ->
              Packet.tcp(
                  from, key.sourcePort(), to, key.destinationPort(), key.ipv6(), send.flags());
          case Packet.UDP ->
              Packet.udp(from, key.sourcePort(), to, key.destinationPort(), key.ipv6());
          default ->
              key.echoReply()
                  ? Packet.echo(from, to, key.ipv6(), false, key.destinationPort())
                  : Packet.echo(from, to, key.ipv6(), true, key.sourcePort());
        };
    return (send.wrongMac() ? packet.sourceMac("02:00:00:00:09:09") : packet).bytes();
  }

  /** As the model tells it. */
  private String text(Told event) {
    String whole = event.toString();
    String what = whole.substring(0, whole.indexOf(' ' + event.source().toString()));
    Key key =
        new Key(
            event.source().ipv6(),
            event.protocol(),
            who(event.source()),
            event.sourcePort(),
            who(event.destination()),
            event.destinationPort());
    return what + " " + key + (event.counts().isEmpty() ? "" : " " + event.counts());
  }

  private int who(Address address) {
    for (int i = 0; i < pods.size(); i++) {
      if (pods.get(i).party().addresses().contains(address)) {
        return i + 1;
      }
    }
    return Objects.equals(address, TestNode.WORLD.address(address.ipv6())) ? FlowModel.OUTSIDE : -1;
  }
}
