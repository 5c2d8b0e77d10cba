package io.weir.policy.compile;

import io.weir.api.row.Address;
import io.weir.api.row.BlockIdentity;
import io.weir.api.row.CompiledPolicy;
import io.weir.api.row.Direction;
import io.weir.api.row.EndpointPolicy;
import io.weir.api.row.Identity;
import io.weir.api.row.Isolation;
import io.weir.api.row.PolicyEntry;
import io.weir.api.row.PolicyRule;
import io.weir.api.row.Prefix;
import io.weir.api.row.ResourceKey;
import io.weir.policy.spec.NamedPorts;
import io.weir.policy.spec.Peer;
import io.weir.policy.spec.Policy;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Compiles policies, as little of them anew as a change demands. Inputs are told one by one; {@link
 * #update} then makes the outputs what they should be:
 *
 * <ol>
 *   <li>endpoints become subjects (identities with policies that select them) and slots;
 *   <li>slots whose policies changed get their rules anew, and the rules' peers are asked for;
 *   <li>blocks that rules name, and named ports, change the peers that there are;
 *   <li>slots whose rules changed are compiled as a whole; in the others, only the peers that came,
 *       changed or went are put into their classes.
 * </ol>
 */
public final class PolicyEngine {
  /** From so many changed peers on, a slot is compiled as a whole. */
  private static final int MANY = 64;

  private final Output<Integer, CompiledPolicy> compiled = new Output<>();
  private final Output<Integer, Isolation> isolations = new Output<>();
  private final Output<Integer, PolicyRule> rules = new Output<>();
  private final Output<Prefix, BlockIdentity> blockRows = new Output<>();
  private final Output<Integer, Identity> blockIdentities = new Output<>();
  private final Output<Integer, EndpointPolicy> endpointPolicies = new Output<>();

  private final Universe universe = new Universe();
  private final Selections selections = new Selections(universe);
  private final ContentNumbers<List<PolicyEntry>> classNumbers;
  private final ContentNumbers<Loaded.Name> ruleNumbers;
  private final TurnNumbers<Prefix> blockNumbers;
  private final Loaded loaded;
  private final Subjects subjects;
  private final Blocks blocks;
  private final SlotCompiler compiler;

  private Map<Integer, Identity> identities = Map.of();
  private final Map<Integer, Peer> known = new HashMap<>();

  /** What {@link #known} was made from last. */
  private Map<Integer, Identity> madeFrom = Map.of();

  private Receivers receivers = Receivers.of(List.of(), Map.of(), false);
  private Map<Integer, Peer> blockPeers = Map.of();
  private final List<List<BoundSpec>> unloading = new ArrayList<>();
  private Map<Integer, Workload> workloads = Map.of();
  private Set<Address> apiServers = Set.of();
  private Set<Address> nodes = Set.of();
  private Mode mode = Mode.DEFAULT;
  private int compiledSlots;
  private int reclassifiedSlots;

  /** Starts with the numbers that were kept. */
  public PolicyEngine(Kept kept, Instant now) {
    classNumbers = new ContentNumbers<>(PolicyEngine::bytes, kept.classes());
    ruleNumbers = new ContentNumbers<>(Loaded.Name::bytes, kept.rules(), ContentNumbers.SHORT);
    blockNumbers =
        new TurnNumbers<>(
            "address blocks of policies",
            Blocks.FIRST,
            Blocks.END,
            kept.nextBlock(),
            kept.blocks());
    loaded = new Loaded(selections, ruleNumbers, rules);
    subjects = new Subjects(kept, loaded, now);
    blocks = new Blocks(blockNumbers, blockRows, blockIdentities, now);
    compiler = new SlotCompiler(universe, classNumbers);
  }

  /** Puts a policy in force, in the place of its former self. */
  public void put(Policy policy) {
    if (policy.equals(loaded.policy(policy.key()))) {
      return;
    }
    List<BoundSpec> before = loaded.specs(policy.key());
    subjects.replace(before, loaded.load(policy));
    unloading.add(before);
  }

  /** Takes a policy out of force. */
  public void remove(ResourceKey key) {
    List<BoundSpec> before = loaded.specs(key);
    loaded.forget(key);
    subjects.replace(before, List.of());
    unloading.add(before);
  }

  /** The policy of that name that is in force, if one is. */
  public Optional<Policy> policy(ResourceKey key) {
    return Optional.ofNullable(loaded.policy(key));
  }

  /** Says which identities there are, blocks apart. */
  public void identities(Map<Integer, Identity> all) {
    identities = Map.copyOf(all);
  }

  /** Says which endpoints there are, by id. */
  public void workloads(Map<Integer, Workload> all) {
    workloads = Map.copyOf(all);
  }

  /**
   * Says where addresses are.
   *
   * @param servers of the Kubernetes API, where that is no node
   * @param ofNodes which rules about addresses are to match; empty where they are not
   */
  public void places(Set<Address> servers, Set<Address> ofNodes) {
    apiServers = Set.copyOf(servers);
    nodes = Set.copyOf(ofNodes);
  }

  /** Changes what holds for all policies. */
  public void mode(Mode wanted) {
    if (!wanted.equals(mode)) {
      mode = wanted;
      subjects.allDirty();
    }
  }

  /** Makes the outputs what they should be. */
  public void update(Instant now) {
    subjects.assign(workloads, identities, now);
    subjects.bind(mode, selections);
    List<Integer> gone = new ArrayList<>();
    List<Integer> changed = new ArrayList<>();
    peers(now, gone, changed);
    selections.complete();
    for (Slot slot : subjects.slots()) {
      if (subjects.cleaned(slot) || slot.row == null || changed.size() + gone.size() > MANY) {
        compiler.compile(slot, mode.audit());
        compiledSlots++;
      } else if (!changed.isEmpty() || !gone.isEmpty()) {
        compiler.reclassify(slot, changed, gone, mode.audit());
        reclassifiedSlots++;
      }
      compiled.put(slot.number, slot.row);
      if (slot.isolated) {
        isolations.put(slot.number, new Isolation(slot.number, slot.isolators));
      } else {
        isolations.remove(slot.number);
      }
    }
    for (Slot slot : subjects.dropped()) {
      compiler.drop(slot);
      compiled.remove(slot.number);
      isolations.remove(slot.number);
    }
    endpoints();
    unloading.forEach(loaded::unload);
    unloading.clear();
  }

  /** When {@link #update} has something to do though nothing has changed. */
  public Optional<Instant> nextUpdate() {
    return Stream.of(blocks.nextRelease(), subjects.nextRelease())
        .flatMap(Optional::stream)
        .min(Instant::compareTo);
  }

  /**
   * Whether numbers were given or freed since {@link #saved}; they must be kept before their use.
   */
  public boolean unsaved() {
    return subjects.numbers().unsaved()
        || blockNumbers.unsaved()
        || classNumbers.unsaved()
        || ruleNumbers.unsaved();
  }

  /** What is to be kept. */
  public Kept kept() {
    return new Kept(
        subjects.numbers().given(),
        subjects.numbers().next(),
        blockNumbers.given(),
        blockNumbers.next(),
        classNumbers.exceptions(),
        ruleNumbers.exceptions());
  }

  /** Says that it is kept. */
  public void saved() {
    subjects.numbers().saved();
    blockNumbers.saved();
    classNumbers.saved();
    ruleNumbers.saved();
  }

  /** By slot. */
  public Output<Integer, CompiledPolicy> compiled() {
    return compiled;
  }

  /** By slot, of those that are isolated. */
  public Output<Integer, Isolation> isolations() {
    return isolations;
  }

  /** By id. */
  public Output<Integer, PolicyRule> rules() {
    return rules;
  }

  /** By block. */
  public Output<Prefix, BlockIdentity> blocks() {
    return blockRows;
  }

  /** Of blocks, by number. */
  public Output<Integer, Identity> blockIdentities() {
    return blockIdentities;
  }

  /** By endpoint. */
  public Output<Integer, EndpointPolicy> endpointPolicies() {
    return endpointPolicies;
  }

  /** How many times a slot was compiled as a whole. */
  public int compiledSlots() {
    return compiledSlots;
  }

  /** How many times only some peers of a slot were put into their classes. */
  public int reclassifiedSlots() {
    return reclassifiedSlots;
  }

  /** Makes the peers what they should be, and tells numbers that went and indexes that changed. */
  private void peers(Instant now, List<Integer> gone, List<Integer> changed) {
    Receivers was = receivers;
    Receivers is = Receivers.of(workloads.values(), identities, subjects.namedEgress());
    Map<Integer, Peer> before = blockPeers;
    blockPeers =
        blocks.update(new Blocks.Needs(selections.blocks(), is.unlike(), apiServers, nodes), now);
    receivers = is;
    if (identities != madeFrom || !receivers.agreed().equals(was.agreed())) {
      Map<Integer, Peer> peers = new HashMap<>();
      identities.forEach((number, identity) -> peers.put(number, peer(identity)));
      replace(madeFrom.keySet(), peers, gone, changed);
      madeFrom = identities;
    }
    if (blockPeers != before) {
      replace(before.keySet(), blockPeers, gone, changed);
    }
  }

  private Peer peer(Identity identity) {
    NamedPorts ports = receivers.common(identity.number());
    Peer before = known.get(identity.number());
    boolean same =
        before != null
            && before.ports().equals(ports)
            && identity.equals(madeFrom.get(identity.number()));
    return same ? before : Receivers.peer(identity, ports);
  }

  private void replace(
      Set<Integer> before, Map<Integer, Peer> after, List<Integer> gone, List<Integer> changed) {
    for (int number : before) {
      if (!after.containsKey(number)) {
        known.remove(number);
        selections.removed(universe.remove(number));
        gone.add(number);
      }
    }
    after.forEach(
        (number, peer) -> {
          if (!peer.equals(known.put(number, peer))) {
            int index = universe.put(peer);
            selections.put(index, peer);
            changed.add(index);
          }
        });
  }

  private void endpoints() {
    Set<Integer> gone = new HashSet<>(endpointPolicies.rows().keySet());
    workloads.forEach(
        (id, workload) ->
            subjects
                .slots(workload)
                .ifPresent(
                    pair -> {
                      gone.remove(id);
                      endpointPolicies.put(
                          id,
                          new EndpointPolicy(
                              id,
                              workload.identity(),
                              pair.get(Direction.EGRESS).number,
                              pair.get(Direction.INGRESS).number));
                    }));
    gone.forEach(endpointPolicies::remove);
  }

  private static byte[] bytes(List<PolicyEntry> entries) {
    ByteBuffer bytes = ByteBuffer.allocate(entries.size() * 20);
    for (PolicyEntry entry : entries) {
      bytes.putInt(entry.protocol()).putInt(entry.port()).putInt(entry.portBits());
      bytes.putInt(entry.verdict().ordinal()).putInt(entry.rule());
    }
    return bytes.array();
  }
}
