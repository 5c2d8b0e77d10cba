package io.weir.console.sysdump;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Writes parts into an archive that root alone may read. A part that cannot be had is named in
 * {@code index.txt} with the reason, and the others are there all the same.
 */
public final class Sysdump {
  static final int MOST_PART_BYTES = 4 << 20;
  static final int MOST_BYTES = 32 << 20;

  private Sysdump() {}

  /**
   * What has come of it.
   *
   * @param lacking what is not in it, a sentence each
   */
  public record Result(Path file, long bytes, int parts, List<String> lacking) {
    /** For whoever called. */
    public String sentence() {
      return "%s: %s KiB, %s files, without secrets%s"
          .formatted(
              file,
              (bytes + 1023) / 1024,
              parts,
              lacking.isEmpty() ? "" : "; not in it: " + lacking.size() + ", see index.txt");
    }
  }

  /** The name of the directory in the archive, and of the archive where none is given. */
  public static String name(String node, Instant now) {
    return "weir-%s-%s".formatted(node, now.toString().replaceAll("[-:]|\\..*|Z", ""));
  }

  /**
   * Writes the archive; nothing is left of it where that fails or is cancelled.
   *
   * @throws ProblemException when the file is there already, or cannot be written
   */
  public static Result write(Path file, String name, List<Part> parts, BooleanSupplier cancelled) {
    try {
      OutputStream out = create(file);
      try {
        return write(file, out, name, parts, cancelled);
      } catch (IOException | RuntimeException e) {
        out.close();
        Files.deleteIfExists(file);
        throw e;
      }
    } catch (FileAlreadyExistsException e) {
      throw new ProblemException(
          Problem.of(file.toString(), "a name that is free", "a file that is there already"), e);
    } catch (IOException e) {
      throw new ProblemException(
          Problem.of(file.toString(), "a file that can be written", e.toString())
              .remedy("name another place: weir sysdump FILE"),
          e);
    }
  }

  private static OutputStream create(Path file) throws IOException {
    Set<StandardOpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return java.nio.channels.Channels.newOutputStream(
        Files.newByteChannel(
            file,
            fresh,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
  }

  private static Result write(
      Path file, OutputStream out, String name, List<Part> parts, BooleanSupplier cancelled)
      throws IOException {
    List<String> lacking = new ArrayList<>();
    List<String> index = new ArrayList<>();
    int written = 0;
    try (Archive archive = new Archive(out, Instant.now().getEpochSecond())) {
      for (Part part : parts) {
        if (cancelled.getAsBoolean()) {
          throw Problem.of("sysdump", "cancelled; nothing was written").asException();
        }
        try {
          byte[] content = bounded(part.content().read());
          if (archive.bytes() + content.length > MOST_BYTES) {
            lacking.add(
                part.name() + ": the archive would hold more than " + MOST_BYTES + " bytes");
            continue;
          }
          archive.add(name + "/" + part.name(), content);
          index.add(part.name() + ": " + content.length + " bytes");
          written++;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw Problem.of("sysdump", "interrupted; nothing was written").asException();
        } catch (Exception e) {
          lacking.add(part.name() + ": " + Redaction.text(reason(e)));
        }
      }
      index.addAll(lacking.stream().map(one -> "not here: " + one).toList());
      archive.add(
          name + "/index.txt", (String.join("\n", index) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return new Result(file, Files.size(file), written + 1, lacking);
  }

  private static String reason(Exception e) {
    return e instanceof ProblemException problem ? problem.problem().sentence() : e.toString();
  }

  /** The end of what is longer, since it is newer. */
  private static byte[] bounded(byte[] content) {
    byte[] some =
        content.length <= MOST_PART_BYTES
            ? content
            : Arrays.copyOfRange(content, content.length - MOST_PART_BYTES, content.length);
    String text = Redaction.text(new String(some, StandardCharsets.UTF_8));
    String note =
        some == content
            ? ""
            : "(only the last %s of %s bytes)\n".formatted(some.length, content.length);
    return (note + text).getBytes(StandardCharsets.UTF_8);
  }
}
