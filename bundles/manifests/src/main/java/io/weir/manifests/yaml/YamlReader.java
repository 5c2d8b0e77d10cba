package io.weir.manifests.yaml;

import io.weir.api.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads YAML 1.2, and with it JSON, into {@link Value}s. Bounded: text, depth and number of values,
 * aliases counted as what they stand for.
 */
public final class YamlReader {
  /** Characters of one document: no API server takes more. */
  public static final int LARGEST_DOCUMENT = 1_500_000;

  /** Of one stream. */
  public static final int MOST_DOCUMENTS = 20_000;

  public static final int DEEPEST = 100;
  public static final int MOST_VALUES = 200_000;

  /**
   * One document of a stream.
   *
   * @param line its first line in the stream, from 1
   * @param text as it was written, from that line on
   * @param problem why there is no value
   */
  public record Document(int line, String text, Optional<Value> value, Optional<Problem> problem) {}

  private YamlReader() {}

  /** Every document of {@code stream} that is not empty. */
  public static List<Document> read(String source, String stream) {
    List<Document> documents = new ArrayList<>();
    read(source, 1, stream, documents::add);
    return documents;
  }

  /**
   * Hands on every document of {@code stream} that is not empty, one at a time: a stream may hold
   * more than there is room for at once. A stream of more than {@link #MOST_DOCUMENTS} is refused
   * as one.
   *
   * @param source for problems: {@code a.yaml}
   * @param firstLine of the stream, from 1
   */
  public static void read(String source, int firstLine, String stream, Consumer<Document> taker) {
    List<Documents.Part> parts = Documents.split(stream, firstLine, MOST_DOCUMENTS + 1);
    if (parts.size() > MOST_DOCUMENTS) {
      Documents.Part beyond = parts.get(MOST_DOCUMENTS);
      Problem problem =
          Problem.of(
                  source + ":" + beyond.line(), "at most " + MOST_DOCUMENTS + " documents", "more")
              .remedy("make several files of it");
      taker.accept(refused(new Documents.Part(beyond.line(), ""), problem));
      return;
    }
    for (Documents.Part part : parts) {
      taker.accept(read(source, part));
    }
  }

  private static Document read(String source, Documents.Part part) {
    if (part.text().length() > LARGEST_DOCUMENT) {
      return refused(
          part,
          Problem.of(
              source + ":" + part.line(),
              "a document of at most " + LARGEST_DOCUMENT + " characters",
              "one of " + part.text().length()));
    }
    LoadSettings settings =
        LoadSettings.builder().setLabel(source).setCodePointLimit(LARGEST_DOCUMENT + 4096).build();
    try {
      var events = new Parse(settings).parseString(Tabs.outOfJson(part.text())).iterator();
      Value value = new TreeBuilder(source, part.line(), events).document();
      return new Document(part.line(), part.text(), Optional.of(value), Optional.empty());
    } catch (TreeBuilder.Refusal e) {
      return refused(part, e.problem());
    } catch (MarkedYamlEngineException e) {
      int line = part.line() + e.getProblemMark().map(mark -> mark.getLine()).orElse(0);
      String context = e.getContext() == null ? "" : e.getContext() + ": ";
      return refused(part, Problem.of(source + ":" + line, "YAML", context + e.getProblem()));
    } catch (ReaderException e) {
      return refused(part, Problem.of(source + ":" + lineOf(part, e), "YAML", characterOf(e)));
    } catch (YamlEngineException | IndexOutOfBoundsException e) {
      return refused(
          part, Problem.of(source + ":" + part.line(), "YAML", String.valueOf(e.getMessage())));
    }
  }

  private static Document refused(Documents.Part part, Problem problem) {
    return new Document(part.line(), part.text(), Optional.empty(), Optional.of(problem));
  }

  private static int lineOf(Documents.Part part, ReaderException e) {
    int end = Math.min(Math.max(e.getPosition(), 0), part.text().length());
    return part.line() + (int) part.text().substring(0, end).lines().count() - (end > 0 ? 1 : 0);
  }

  private static String characterOf(ReaderException e) {
    return "the character U+%04X".formatted(e.getCodePoint());
  }
}
