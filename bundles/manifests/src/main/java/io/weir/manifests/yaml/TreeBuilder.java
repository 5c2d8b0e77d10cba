package io.weir.manifests.yaml;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;

/** Builds the tree of one document out of the parser's events, within the limits of the reader. */
final class TreeBuilder {
  /** What makes a document unreadable. */
  static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Problem problem;

    Refusal(Problem problem) {
      super(problem.sentence(), null, false, false);
      this.problem = problem;
    }

    Problem problem() {
      return problem;
    }
  }

  private record Anchored(Value value, long weight, int height) {}

  private static final String CORE = "tag:yaml.org,2002:";

  private final String source;
  private final int firstLine;
  private final Iterator<Event> events;
  private final Map<String, Anchored> anchors = new HashMap<>();
  private long weight;

  TreeBuilder(String source, int firstLine, Iterator<Event> events) {
    this.source = source;
    this.firstLine = firstLine;
    this.events = events;
  }

  Value document() {
    Event event = null;
    while (!(event instanceof NodeEvent)) {
      if (!events.hasNext()) {
        // U+0085 alone, say: blank to YAML, but to nobody else
        throw new Refusal(Problem.of(source + ":" + firstLine, "a value", "none"));
      }
      event = events.next();
    }
    Value value = value(event, 1);
    while (events.hasNext()) {
      Event rest = events.next();
      if (rest instanceof NodeEvent) {
        throw refusal(rest, "one document", "more text after its end");
      }
    }
    return value;
  }

  private Value value(Event event, int depth) {
    if (event instanceof AliasEvent alias) {
      return aliased(alias, depth);
    }
    charge(event, 1);
    if (depth > YamlReader.DEEPEST) {
      throw tooDeep(event);
    }
    long before = weight;
    Value value;
    if (event instanceof ScalarEvent scalar) {
      value = scalar(scalar);
    } else if (event instanceof SequenceStartEvent start) {
      value = items(start, depth);
    } else {
      value = fields((MappingStartEvent) event, depth);
    }
    Optional<Anchor> anchor = ((NodeEvent) event).getAnchor();
    anchor.ifPresent(
        name ->
            anchors.put(
                name.getValue(), new Anchored(value, weight - before + 1, heightOf(value))));
    return value;
  }

  private Value aliased(AliasEvent alias, int depth) {
    Anchored anchored = anchors.get(alias.getAlias().getValue());
    if (anchored == null) {
      throw refusal(alias, "an alias of something complete above", "*" + alias.getAlias());
    }
    charge(alias, anchored.weight());
    if (depth + anchored.height() > YamlReader.DEEPEST) {
      throw tooDeep(alias);
    }
    return anchored.value();
  }

  private Value items(SequenceStartEvent start, int depth) {
    checkTag(start, start.getTag(), "seq");
    List<Value> items = new ArrayList<>();
    for (Event event = events.next();
        event.getEventId() != Event.ID.SequenceEnd;
        event = events.next()) {
      items.add(value(event, depth + 1));
    }
    return new Value.Items(line(start), items);
  }

  private Value fields(MappingStartEvent start, int depth) {
    checkTag(start, start.getTag(), "map");
    Map<String, Value.Field> fields = new LinkedHashMap<>();
    Map<String, Value.Field> merged = new LinkedHashMap<>();
    for (Event event = events.next();
        event.getEventId() != Event.ID.MappingEnd;
        event = events.next()) {
      int line = line(event);
      if (event instanceof ScalarEvent key && key.isPlain() && key.getValue().equals("<<")) {
        merge(event, value(events.next(), depth + 1), merged);
        continue;
      }
      String name = name(event, depth);
      Value.Field field = new Value.Field(line, value(events.next(), depth + 1));
      Value.Field earlier = fields.put(name, field);
      if (earlier != null) {
        throw refusal(
            event, "each field once", "\"" + name + "\" again, after line " + earlier.line());
      }
    }
    merged.forEach(fields::putIfAbsent);
    return new Value.Fields(line(start), fields);
  }

  private String name(Event event, int depth) {
    if (value(event, depth + 1) instanceof Value.Scalar scalar && scalar.plain() != Resource.NULL) {
      return scalar.text();
    }
    throw refusal(event, "a name of a field", "something else");
  }

  /** The merge key of YAML 1.1, which manifests use with anchors: an earlier mapping wins. */
  private void merge(Event at, Value value, Map<String, Value.Field> into) {
    if (value instanceof Value.Fields fields) {
      fields.fields().forEach(into::putIfAbsent);
    } else if (value instanceof Value.Items items
        && items.items().stream().allMatch(Value.Fields.class::isInstance)) {
      items.items().forEach(item -> merge(at, item, into));
    } else {
      throw refusal(at, "fields to merge after <<", value.described());
    }
  }

  private Value scalar(ScalarEvent event) {
    String text = event.getValue();
    String tag = event.getTag().orElse(event.isPlain() ? "" : CORE + "str");
    Object plain = tag.isEmpty() ? Scalars.resolve(text) : text;
    boolean fits =
        switch (tag.startsWith(CORE) ? tag.substring(CORE.length()) : tag) {
          case "", "!", "str" -> true;
          case "int" -> (plain = Scalars.resolve(text)) instanceof Long;
          case "float" -> (plain = Scalars.resolve(text)) instanceof Number;
          case "bool" -> (plain = Scalars.resolve(text)) instanceof Boolean;
          case "null" -> (plain = Scalars.resolve(text)) == Resource.NULL;
          default -> throw refusal(event, "no tag", tag);
        };
    if (!fits) {
      throw refusal(event, "a value of type " + tag, '"' + text + '"');
    }
    boolean quoted = !event.isPlain() || plain instanceof String && !tag.isEmpty();
    return new Value.Scalar(line(event), text, quoted, plain);
  }

  private void checkTag(Event event, Optional<String> tag, String expected) {
    if (tag.isPresent() && !tag.get().equals(CORE + expected) && !tag.get().equals("!")) {
      throw refusal(event, "no tag", tag.get());
    }
  }

  private void charge(Event event, long values) {
    weight += values;
    if (weight > YamlReader.MOST_VALUES) {
      throw refusal(
          event,
          "at most " + YamlReader.MOST_VALUES + " values, aliases counted as what they stand for",
          "more");
    }
  }

  private Refusal tooDeep(Event event) {
    return refusal(event, "at most " + YamlReader.DEEPEST + " levels", "more");
  }

  private Refusal refusal(Event event, String expected, String came) {
    return new Refusal(Problem.of(source + ":" + line(event), expected, came));
  }

  private int line(Event event) {
    return firstLine + event.getStartMark().map(mark -> mark.getLine()).orElse(0);
  }

  private static int heightOf(Value value) {
    int height = 0;
    if (value instanceof Value.Items items) {
      for (Value item : items.items()) {
        height = Math.max(height, 1 + heightOf(item));
      }
    } else if (value instanceof Value.Fields fields) {
      for (Value.Field field : fields.fields().values()) {
        height = Math.max(height, 1 + heightOf(field.value()));
      }
    }
    return height;
  }
}
