package io.weir.manifests;

import io.weir.api.Problem;
import io.weir.api.row.Resource;
import io.weir.api.row.ResourceKey;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a file or a stream holds: its documents, good and bad ones.
 *
 * @param whole false where there was no room for all of it
 */
public record Manifest(String source, List<Document> documents, boolean whole) {
  public Manifest {
    documents = List.copyOf(documents);
  }

  Manifest(String source, List<Document> documents) {
    this(source, documents, true);
  }

  /**
   * One resource of a stream, or the reason why it is none.
   *
   * @param line of its start, from 1
   * @param text as it was written; empty for an item of a list, which has no text of its own
   * @param key once kind and name are known, also of a bad one
   * @param resource unless there are problems
   */
  public record Document(
      int line,
      String text,
      Optional<ResourceKey> key,
      Optional<Resource> resource,
      List<Problem> problems,
      List<Problem> warnings) {
    public Document {
      problems = Shown.all(problems);
      warnings = Shown.all(warnings);
    }

    /** This one with {@code all} for all that is to be said about it. */
    Document saying(Problem all) {
      List<Problem> one = List.of(all);
      List<Problem> none = List.of();
      boolean good = resource.isPresent();
      return new Document(line, text, key, resource, good ? none : one, good ? one : none);
    }

    /** This one, without the text of a bad one, which nobody asks for again. */
    Document withoutBadText() {
      return resource.isPresent()
          ? this
          : new Document(line, "", key, resource, problems, warnings);
    }

    static Document refused(int line, String text, Problem problem) {
      return new Document(
          line, text, Optional.empty(), Optional.empty(), List.of(problem), List.of());
    }

    Document refused(Problem problem) {
      return new Document(
          line,
          text,
          key,
          Optional.empty(),
          Stream.concat(problems.stream(), Stream.of(problem)).toList(),
          warnings);
    }
  }

  Manifest withoutBadTexts() {
    return new Manifest(source, documents.stream().map(Document::withoutBadText).toList(), whole);
  }

  public List<Resource> resources() {
    return documents.stream().flatMap(document -> document.resource().stream()).toList();
  }

  public List<Problem> problems() {
    return documents.stream().flatMap(document -> document.problems().stream()).toList();
  }

  public List<Problem> warnings() {
    return documents.stream().flatMap(document -> document.warnings().stream()).toList();
  }
}
