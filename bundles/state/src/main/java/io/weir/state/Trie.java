package io.weir.state;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A persistent hash trie of entries: every change makes a new trie that shares all but one path
 * with the old one, so a snapshot costs nothing and the difference of two versions costs about as
 * much as what differs. Nodes branch 32 ways by five bits of the hash; an entry stands in the first
 * node where its bits are its own, so there are no chains of single nodes.
 *
 * <pre>
 *   Node  data     bit i: slot holds an entry whose next five bits are i
 *         children bit i: slot holds a node of all entries whose next five bits are i
 *         slots    entries in the order of their bits, then nodes in the order of theirs
 *   Below the seventh level, where the hash is used up, slots is a plain list (data = children = 0).
 * </pre>
 */
final class Trie<K, R> {
  private static final int BITS = 5;
  private static final int LAST_SHIFT = 30;
  private static final Object[] NOTHING = {};

  private static final Trie<?, ?> EMPTY = new Trie<>(new Node(0, 0, NOTHING));

  private final Node root;

  private record Node(int data, int children, Object[] slots) {
    int entries() {
      return Integer.bitCount(data);
    }

    int entryAt(int bit) {
      return Integer.bitCount(data & (bit - 1));
    }

    int childAt(int bit) {
      return Integer.bitCount(data) + Integer.bitCount(children & (bit - 1));
    }

    Node child(int bit) {
      return (Node) slots[childAt(bit)];
    }
  }

  private Trie(Node root) {
    this.root = root;
  }

  @SuppressWarnings("unchecked")
  static <K, R> Trie<K, R> empty() {
    return (Trie<K, R>) EMPTY;
  }

  Entry<K, R> get(Object key) {
    int hash = hash(key);
    Node node = root;
    for (int shift = 0; shift <= LAST_SHIFT; shift += BITS) {
      int bit = bit(hash, shift);
      if ((node.data & bit) != 0) {
        Entry<K, R> entry = entry(node, node.entryAt(bit));
        return entry.key.equals(key) ? entry : null;
      }
      if ((node.children & bit) == 0) {
        return null;
      }
      node = node.child(bit);
    }
    int at = indexInList(node, key);
    return at < 0 ? null : entry(node, at);
  }

  Trie<K, R> put(Entry<K, R> entry) {
    return new Trie<>(put(root, entry, hash(entry.key), 0));
  }

  Trie<K, R> remove(K key) {
    Node changed = remove(root, key, hash(key), 0);
    return changed == root ? this : new Trie<>(changed);
  }

  void forEach(Consumer<Entry<K, R>> consumer) {
    forEach(root, consumer);
  }

  Iterator<Entry<K, R>> iterator() {
    return new Entries<>(root);
  }

  /**
   * Tells what {@code newer} has else than this: pairs of the entries of one key, either of which
   * may be null. Entries of the same revision are the same.
   */
  void difference(Trie<K, R> newer, BiConsumer<Entry<K, R>, Entry<K, R>> consumer) {
    difference(root, newer.root, 0, consumer);
  }

  /** How many nodes there are: what it takes besides the entries. */
  int nodes() {
    return nodes(root);
  }

  private static int nodes(Node node) {
    int sum = 1;
    for (Object slot : node.slots) {
      sum += slot instanceof Node child ? nodes(child) : 0;
    }
    return sum;
  }

  private static Node put(Node node, Entry<?, ?> entry, int hash, int shift) {
    if (shift > LAST_SHIFT) {
      int at = indexInList(node, entry.key);
      Object[] slots =
          at < 0 ? inserted(node.slots, node.slots.length, entry) : replaced(node.slots, at, entry);
      return new Node(0, 0, slots);
    }
    int bit = bit(hash, shift);
    if ((node.children & bit) != 0) {
      Node child = put(node.child(bit), entry, hash, shift + BITS);
      return new Node(node.data, node.children, replaced(node.slots, node.childAt(bit), child));
    }
    int at = node.entryAt(bit);
    if ((node.data & bit) == 0) {
      return new Node(node.data | bit, node.children, inserted(node.slots, at, entry));
    }
    Entry<?, ?> other = (Entry<?, ?>) node.slots[at];
    if (other.key.equals(entry.key)) {
      return new Node(node.data, node.children, replaced(node.slots, at, entry));
    }
    Node child = pair(other, hash(other.key), entry, hash, shift + BITS);
    Node without = new Node(node.data & ~bit, node.children | bit, node.slots);
    return new Node(
        without.data, without.children, moved(node.slots, at, without.childAt(bit), child));
  }

  private static Node pair(Entry<?, ?> one, int oneHash, Entry<?, ?> two, int twoHash, int shift) {
    if (shift > LAST_SHIFT) {
      return new Node(0, 0, new Object[] {one, two});
    }
    int oneBit = bit(oneHash, shift);
    int twoBit = bit(twoHash, shift);
    if (oneBit == twoBit) {
      Node child = pair(one, oneHash, two, twoHash, shift + BITS);
      return new Node(0, oneBit, new Object[] {child});
    }
    boolean inOrder = Integer.compareUnsigned(oneBit, twoBit) < 0;
    return new Node(
        oneBit | twoBit, 0, inOrder ? new Object[] {one, two} : new Object[] {two, one});
  }

  private static Node remove(Node node, Object key, int hash, int shift) {
    if (shift > LAST_SHIFT) {
      int at = indexInList(node, key);
      return at < 0 ? node : new Node(0, 0, without(node.slots, at));
    }
    int bit = bit(hash, shift);
    if ((node.data & bit) != 0) {
      int at = node.entryAt(bit);
      return ((Entry<?, ?>) node.slots[at]).key.equals(key)
          ? new Node(node.data & ~bit, node.children, without(node.slots, at))
          : node;
    }
    if ((node.children & bit) == 0) {
      return node;
    }
    int at = node.childAt(bit);
    Node child = (Node) node.slots[at];
    Node changed = remove(child, key, hash, shift + BITS);
    if (changed == child) {
      return node;
    }
    if (changed.children == 0 && changed.slots.length == 1) {
      Node raised = new Node(node.data | bit, node.children & ~bit, node.slots);
      Object[] slots = moved(node.slots, at, raised.entryAt(bit), changed.slots[0]);
      return new Node(raised.data, raised.children, slots);
    }
    return new Node(node.data, node.children, replaced(node.slots, at, changed));
  }

  private static <K, R> void forEach(Node node, Consumer<Entry<K, R>> consumer) {
    for (Object slot : node.slots) {
      if (slot instanceof Node child) {
        forEach(child, consumer);
      } else {
        consumer.accept(Trie.<K, R>cast(slot));
      }
    }
  }

  private static <K, R> void difference(
      Node older, Node newer, int shift, BiConsumer<Entry<K, R>, Entry<K, R>> consumer) {
    if (older == newer) {
      return;
    }
    if (shift > LAST_SHIFT) {
      differenceOfLists(older, newer, consumer);
      return;
    }
    int used = older.data | older.children | newer.data | newer.children;
    while (used != 0) {
      int bit = Integer.lowestOneBit(used);
      used &= ~bit;
      Node oldChild = (older.children & bit) != 0 ? older.child(bit) : null;
      Node newChild = (newer.children & bit) != 0 ? newer.child(bit) : null;
      if (oldChild != null && newChild != null) {
        difference(oldChild, newChild, shift + BITS, consumer);
        continue;
      }
      Entry<K, R> oldEntry = (older.data & bit) != 0 ? entry(older, older.entryAt(bit)) : null;
      Entry<K, R> newEntry = (newer.data & bit) != 0 ? entry(newer, newer.entryAt(bit)) : null;
      if (oldChild != null) {
        differenceOfOne(oldChild, newEntry, (one, many) -> tell(many, one, consumer));
      } else if (newChild != null) {
        differenceOfOne(newChild, oldEntry, (one, many) -> tell(one, many, consumer));
      } else {
        tellBoth(oldEntry, newEntry, consumer);
      }
    }
  }

  /** Pairs a single entry, or null, with a subtree of the other side. */
  private static <K, R> void differenceOfOne(
      Node many, Entry<K, R> one, BiConsumer<Entry<K, R>, Entry<K, R>> consumer) {
    boolean[] met = {one == null};
    Trie.<K, R>forEach(
        many,
        entry -> {
          boolean same = !met[0] && entry.key.equals(one.key);
          met[0] |= same;
          consumer.accept(same ? one : null, entry);
        });
    if (!met[0]) {
      consumer.accept(one, null);
    }
  }

  private static <K, R> void differenceOfLists(
      Node older, Node newer, BiConsumer<Entry<K, R>, Entry<K, R>> consumer) {
    for (int i = 0; i < older.slots.length; i++) {
      Entry<K, R> entry = entry(older, i);
      int at = indexInList(newer, entry.key);
      tell(entry, at < 0 ? null : entry(newer, at), consumer);
    }
    for (int i = 0; i < newer.slots.length; i++) {
      Entry<K, R> entry = entry(newer, i);
      if (indexInList(older, entry.key) < 0) {
        consumer.accept(null, entry);
      }
    }
  }

  private static <K, R> void tellBoth(
      Entry<K, R> older, Entry<K, R> newer, BiConsumer<Entry<K, R>, Entry<K, R>> consumer) {
    if (older != null && newer != null && !older.key.equals(newer.key)) {
      consumer.accept(older, null);
      consumer.accept(null, newer);
    } else {
      tell(older, newer, consumer);
    }
  }

  private static <K, R> void tell(
      Entry<K, R> older, Entry<K, R> newer, BiConsumer<Entry<K, R>, Entry<K, R>> consumer) {
    if (older == null || newer == null || older.revision != newer.revision) {
      consumer.accept(older, newer);
    }
  }

  private static int indexInList(Node list, Object key) {
    for (int i = 0; i < list.slots.length; i++) {
      if (((Entry<?, ?>) list.slots[i]).key.equals(key)) {
        return i;
      }
    }
    return -1;
  }

  private static <K, R> Entry<K, R> entry(Node node, int at) {
    return cast(node.slots[at]);
  }

  @SuppressWarnings("unchecked")
  private static <K, R> Entry<K, R> cast(Object slot) {
    return (Entry<K, R>) slot;
  }

  /** Spread, as keys' hashes are often small numbers or differ in their high bits only. */
  private static int hash(Object key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash ^ hash >>> 16;
  }

  private static int bit(int hash, int shift) {
    return 1 << (hash >>> shift & 31);
  }

  private static Object[] replaced(Object[] slots, int at, Object value) {
    Object[] copy = slots.clone();
    copy[at] = value;
    return copy;
  }

  private static Object[] inserted(Object[] slots, int at, Object value) {
    Object[] copy = new Object[slots.length + 1];
    System.arraycopy(slots, 0, copy, 0, at);
    copy[at] = value;
    System.arraycopy(slots, at, copy, at + 1, slots.length - at);
    return copy;
  }

  private static Object[] without(Object[] slots, int at) {
    Object[] copy = Arrays.copyOf(slots, slots.length - 1);
    System.arraycopy(slots, at + 1, copy, at, slots.length - at - 1);
    return copy;
  }

  /**
   * Takes out the slot at {@code from} and puts {@code value} where it then stands at {@code to}.
   */
  private static Object[] moved(Object[] slots, int from, int to, Object value) {
    return inserted(without(slots, from), to, value);
  }

  private static final class Entries<K, R> implements Iterator<Entry<K, R>> {
    private final Deque<Node> nodes = new ArrayDeque<>();
    private Node node;
    private int at;

    Entries(Node root) {
      node = root;
      advance();
    }

    @Override
    public boolean hasNext() {
      return node != null;
    }

    @Override
    public Entry<K, R> next() {
      if (node == null) {
        throw new NoSuchElementException();
      }
      Entry<K, R> entry = cast(node.slots[at++]);
      advance();
      return entry;
    }

    /** Moves to the next slot that holds an entry, putting the nodes met aside. */
    private void advance() {
      while (true) {
        while (at < node.slots.length) {
          if (!(node.slots[at] instanceof Node child)) {
            return;
          }
          nodes.push(child);
          at++;
        }
        node = nodes.poll();
        at = 0;
        if (node == null) {
          return;
        }
      }
    }
  }
}
