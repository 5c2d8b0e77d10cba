package io.weir.state;

import io.weir.api.Problem;
import io.weir.api.ProblemException;
import io.weir.api.StateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** One file an owner, in {@code state/} below the node's base directory. */
@Component(service = StateFiles.class, immediate = true)
public final class StateDirectory implements StateFiles {
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");
  private static final Set<PosixFilePermission> OURS_ALONE =
      PosixFilePermissions.fromString("rw-------");

  private final Places places;
  private final Path directory;

  /** Of the engine in this process. */
  @Activate
  public StateDirectory() {
    this(Places.here());
  }

  public StateDirectory(Places places) {
    this.places = places;
    directory = places.base().resolve("state");
  }

  @Override
  public Places places() {
    return places;
  }

  @Override
  public synchronized Optional<byte[]> read(String name) {
    Path file = file(name);
    try {
      return Optional.of(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new ProblemException(Problem.of(file.toString(), "a readable file", reason(e)), e);
    }
  }

  @Override
  public synchronized void write(String name, byte[] content) {
    Path file = file(name);
    try {
      DurableFile.write(file, content, OURS_ALONE);
    } catch (IOException e) {
      throw new ProblemException(
          Problem.of(file.toString(), "a file that can be written", reason(e))
              .remedy("make room on the disk, or the directory writable"),
          e);
    }
  }

  private Path file(String name) {
    if (!FILE_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("expected a file name, got \"" + name + '"');
    }
    return directory.resolve(name);
  }

  private static String reason(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
