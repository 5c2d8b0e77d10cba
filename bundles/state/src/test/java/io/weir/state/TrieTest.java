package io.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.table.Owner;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrieTest {
  private static final Owner OWNER = Owner.of("test");

  /** A key of which many share a hash. */
  private record Key(int number, int hashes) {
    @Override
    public int hashCode() {
      return number % hashes;
    }
  }

  /** 1 hash: all in one list; few: lists below full levels; many: an ordinary trie. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 100_000})
  void should_hold_what_a_hash_map_holds_and_tell_every_difference(int hashes) {
    Random random = new Random(hashes);
    Map<Key, Long> model = new HashMap<>();
    Trie<Key, String> trie = Trie.empty();
    Map<Key, Long> oldModel = Map.of();
    Trie<Key, String> old = trie;
    for (int i = 1; i <= 20_000; i++) {
      Key key = new Key(random.nextInt(300), hashes);
      if (random.nextInt(5) < (i / 4000 % 2 == 0 ? 3 : 1)) {
        trie = trie.put(Entry.written(key, "row", OWNER, i, 1));
        model.put(key, (long) i);
      } else {
        trie = trie.remove(key);
        model.remove(key);
      }
      if (random.nextInt(50) == 0) {
        assertThat(content(trie)).isEqualTo(model);
        assertThat(difference(old, trie)).isEqualTo(difference(oldModel, model));
        assertThat(difference(trie, old)).isEqualTo(difference(model, oldModel));
        assertThat(content(old)).as("an older version").isEqualTo(oldModel);
        old = trie;
        oldModel = new HashMap<>(model);
      }
      Entry<Key, String> found = trie.get(key);
      assertThat(found == null ? null : found.revision).isEqualTo(model.get(key));
    }
  }

  @Test
  void should_be_as_small_after_removals_as_if_the_rows_had_never_been_there() {
    Trie<Integer, String> few = Trie.empty();
    for (int i = 0; i < 10; i++) {
      few = few.put(Entry.written(i, "row", OWNER, i, 1));
    }
    Trie<Integer, String> many = few;
    for (int i = 10; i < 5000; i++) {
      many = many.put(Entry.written(i, "row", OWNER, i, 1));
    }
    for (int i = 10; i < 5000; i++) {
      many = many.remove(i);
    }
    assertThat(many.nodes()).isEqualTo(few.nodes());
  }

  private static Map<Key, Long> content(Trie<Key, String> trie) {
    Map<Key, Long> walked = new HashMap<>();
    trie.forEach(entry -> assertThat(walked.put(entry.key, entry.revision)).isNull());
    Map<Key, Long> iterated = new HashMap<>();
    for (Iterator<Entry<Key, String>> all = trie.iterator(); all.hasNext(); ) {
      Entry<Key, String> entry = all.next();
      assertThat(iterated.put(entry.key, entry.revision)).isNull();
    }
    assertThat(iterated).isEqualTo(walked);
    return walked;
  }

  private static Map<Key, String> difference(Trie<Key, String> one, Trie<Key, String> two) {
    Map<Key, String> differences = new HashMap<>();
    one.difference(
        two,
        (was, is) -> {
          Key key = was == null ? is.key : was.key;
          String text =
              (was == null ? null : was.revision) + " > " + (is == null ? null : is.revision);
          assertThat(differences.put(key, text)).as("told twice: %s", key).isNull();
        });
    return differences;
  }

  private static Map<Key, String> difference(Map<Key, Long> one, Map<Key, Long> two) {
    Map<Key, String> differences = new HashMap<>();
    one.forEach(
        (key, revision) -> {
          if (!revision.equals(two.get(key))) {
            differences.put(key, revision + " > " + two.get(key));
          }
        });
    two.forEach(
        (key, revision) -> {
          if (!one.containsKey(key)) {
            differences.put(key, "null > " + revision);
          }
        });
    return differences;
  }
}
