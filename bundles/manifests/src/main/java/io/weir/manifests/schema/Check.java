package io.weir.manifests.schema;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.manifests.yaml.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Checks one resource against its kind's schema, and notes the line of each path. */
public final class Check {
  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]*");
  private static final Pattern BOOLEAN_OF_YAML_11 =
      Pattern.compile("y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF");

  /** Enough to act on; a document of another kind altogether would give thousands. */
  private static final int MOST_PROBLEMS = 20;

  /** Longer ones are cut: each level repeats those above it. */
  private static final int LONGEST_PATH = 1000;

  /** Of all paths whose lines are known; a document that is written by hand has a few hundred. */
  private static final int MOST_PATH_CHARACTERS = 4 << 20;

  private final String source;
  private final String subject;
  private final Map<String, Integer> lines;
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private int pathCharacters;

  /**
   * @param subject kind and name, as problems show it
   * @param lines filled with the line of each path
   */
  public Check(String source, String subject, Map<String, Integer> lines) {
    this.source = source;
    this.subject = subject;
    this.lines = lines;
  }

  public List<Problem> problems() {
    return problems;
  }

  public List<Problem> warnings() {
    return warnings;
  }

  /** Checks {@code metadata}. */
  public void metadata(Value.Field written) {
    note("metadata", written.line());
    value(Schemas.METADATA, "metadata", written.value(), false);
  }

  /** Checks everything but apiVersion, kind and metadata. */
  public void body(Kind kind, int line, Map<String, Value.Field> written) {
    Type.Struct body = (Type.Struct) kind.body();
    for (var entry : written.entrySet()) {
      String name = entry.getKey();
      String path = PLAIN_NAME.matcher(name).matches() ? name : path("", name);
      note(path, entry.getValue().line());
      Type type = body.fields().get(name);
      if (type == null) {
        unknown(path, name, entry.getValue().line(), body.fields().keySet(), false);
      } else if (isNull(entry.getValue().value()) && body.required().contains(name)) {
        refuse(path, entry.getValue().line(), type.expected(), "nothing");
      } else {
        value(type, path, entry.getValue().value(), kind.strict().contains(name));
      }
    }
    for (String name : body.required()) {
      if (!written.containsKey(name)) {
        refuse(name, line, body.fields().get(name).expected(), "nothing");
      }
    }
  }

  /** A problem that is not of the schema. */
  public void refuse(String path, int line, String expected, String came) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(Problem.of(where(path, line), expected, came));
    }
  }

  public void warn(String path, int line, String what) {
    if (warnings.size() < MOST_PROBLEMS) {
      warnings.add(Problem.of(where(path, line), what));
    }
  }

  private String where(String path, int line) {
    return source + ":" + line + ": " + subject + (path.isEmpty() ? "" : ": " + path);
  }

  /** Remembers the line of a path, as long as all paths together are not too long. */
  private void note(String path, int line) {
    if (path.length() <= LONGEST_PATH && pathCharacters + path.length() <= MOST_PATH_CHARACTERS) {
      pathCharacters += path.length();
      lines.put(path, line);
    }
  }

  private void value(Type type, String path, Value value, boolean strict) {
    if (type instanceof Type.Named named) {
      value(named.type(), path, value, strict);
    } else if (type instanceof Type.Any) {
      note(path, value);
    } else if (isNull(value)) {
      return;
    } else if (type instanceof Type.Leaf leaf) {
      leaf(leaf, path, value);
    } else if (type instanceof Type.ListOf list && value instanceof Value.Items items) {
      items(list, path, items, strict);
    } else if (type instanceof Type.MapOf map && value instanceof Value.Fields fields) {
      map(map, path, fields, strict);
    } else if (type instanceof Type.Struct struct && value instanceof Value.Fields fields) {
      struct(struct, path, fields, strict);
    } else {
      refuse(path, value.line(), type.expected(), value.described());
    }
  }

  private void leaf(Type.Leaf leaf, String path, Value value) {
    if (!(value instanceof Value.Scalar scalar)) {
      refuse(path, value.line(), leaf.expected(), value.described());
      return;
    }
    boolean oldBoolean = !scalar.quoted() && BOOLEAN_OF_YAML_11.matcher(scalar.text()).matches();
    if (leaf.fits().test(scalar)) {
      if (oldBoolean) {
        warn(
            path,
            value.line(),
            "\"%s\" without quotes is a boolean to other tools; put it in quotes"
                .formatted(scalar.text()));
      }
      return;
    }
    if (problems.size() >= MOST_PROBLEMS) {
      return;
    }
    Problem problem = Problem.of(where(path, value.line()), leaf.expected(), scalar.described());
    problems.add(remedied(problem, leaf, scalar, oldBoolean));
  }

  /** Says so where only quotes are wrong. */
  private static Problem remedied(
      Problem problem, Type.Leaf leaf, Value.Scalar scalar, boolean oldBoolean) {
    if (oldBoolean && leaf.expected().equals("true or false")) {
      return problem.remedy("write true or false");
    }
    Value.Scalar asText = new Value.Scalar(scalar.line(), scalar.text(), true, scalar.text());
    if (leaf.text() && !(scalar.plain() instanceof String) && leaf.fits().test(asText)) {
      return problem.remedy("put it in quotes");
    }
    if (!leaf.text() && scalar.quoted()) {
      Object bare = Unquoted.resolve(scalar.text());
      Value.Scalar unquoted = new Value.Scalar(scalar.line(), scalar.text(), false, bare);
      return leaf.fits().test(unquoted) ? problem.remedy("write it without quotes") : problem;
    }
    return problem;
  }

  private void items(Type.ListOf list, String path, Value.Items items, boolean strict) {
    int index = 0;
    for (Value item : items.items()) {
      String at = path + "[" + index++ + "]";
      note(at, item.line());
      if (isNull(item)) {
        refuse(at, item.line(), list.item().expected(), "nothing");
      } else {
        value(list.item(), at, item, strict);
      }
    }
  }

  private void map(Type.MapOf map, String path, Value.Fields fields, boolean strict) {
    fields
        .fields()
        .forEach(
            (name, field) -> {
              String at = path(path, name);
              note(at, field.line());
              Value.Scalar key = new Value.Scalar(field.line(), name, true, name);
              if (!map.name().fits().test(key)) {
                refuse(path, field.line(), map.name().expected(), key.described());
              }
              if (isNull(field.value())) {
                refuse(at, field.line(), map.value().expected(), "nothing");
              } else {
                value(map.value(), at, field.value(), strict);
              }
            });
  }

  private void struct(Type.Struct struct, String path, Value.Fields fields, boolean strict) {
    fields
        .fields()
        .forEach(
            (name, field) -> {
              String at = path(path, name);
              note(at, field.line());
              Type type = struct.fields().get(name);
              if (type != null) {
                value(type, at, field.value(), strict);
              } else if (struct.open()) {
                note(at, field.value());
              } else {
                unknown(at, name, field.line(), struct.fields().keySet(), strict);
              }
            });
    for (String name : struct.required()) {
      Value.Field field = fields.fields().get(name);
      if (field == null || isNull(field.value())) {
        refuse(path(path, name), fields.line(), struct.fields().get(name).expected(), "nothing");
      }
    }
  }

  private void unknown(
      String path, String name, int line, Collection<String> known, boolean strict) {
    String near = Spelling.nearest(name, known);
    String remedy = near.isEmpty() ? "" : "did you mean " + near + "?";
    if (!strict) {
      warn(path, line, "unknown field, ignored" + (remedy.isEmpty() ? "" : "; " + remedy));
    } else if (problems.size() < MOST_PROBLEMS) {
      Problem problem =
          Problem.of(
              where(path, line),
              known.isEmpty() ? "no field" : "a known field (" + String.join(", ", known) + ")",
              '"' + name + '"');
      problems.add(remedy.isEmpty() ? problem : problem.remedy(remedy));
    }
  }

  /** Lines inside what is not checked. */
  private void note(String path, Value value) {
    if (value instanceof Value.Items items) {
      int index = 0;
      for (Value item : items.items()) {
        String at = path + "[" + index++ + "]";
        note(at, item.line());
        note(at, item);
      }
    } else if (value instanceof Value.Fields fields) {
      fields
          .fields()
          .forEach(
              (name, field) -> {
                note(path(path, name), field.line());
                note(path(path, name), field.value());
              });
    }
  }

  private static String path(String parent, String name) {
    if (parent.length() + name.length() > LONGEST_PATH) {
      String whole = parent + "." + name.substring(0, Math.min(name.length(), LONGEST_PATH));
      return whole.substring(0, LONGEST_PATH) + "…";
    }
    return PLAIN_NAME.matcher(name).matches() ? parent + "." + name : parent + "[\"" + name + "\"]";
  }

  private static boolean isNull(Value value) {
    return value instanceof Value.Scalar scalar && scalar.plain() == Resource.NULL;
  }

  /** A quoted word as it would be read without quotes. */
  private static final class Unquoted {
    static Object resolve(String text) {
      String lower = text.toLowerCase(Locale.ROOT);
      if (lower.equals("true") || lower.equals("false")) {
        return Boolean.valueOf(lower);
      }
      return text.matches("-?(0|[1-9]\\d{0,17})") ? (Object) Long.valueOf(text) : text;
    }
  }
}
