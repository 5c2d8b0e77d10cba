package io.weir.lab;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.weir.api.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A lab's state file. Threads of one program may change it, once {@link #alone}. */
final class Store implements AutoCloseable {
  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  private final Names names;
  private LabState state;
  private FileChannel lock;

  private Store(Names names, LabState state) {
    this.names = names;
    this.state = state;
  }

  /** The state of a lab that is up, or half up. */
  static Optional<Store> find(Names names) {
    return read(names.stateFile()).map(state -> new Store(names, state));
  }

  /** The same, for a command that needs it. */
  static Store open(Names names) {
    return find(names)
        .orElseThrow(
            () ->
                Problem.of("lab " + names.lab(), "it is not up")
                    .remedy("weir lab up" + names.option())
                    .asException());
  }

  /** As {@link #find}, alone. */
  static Optional<Store> findAlone(Names names) {
    FileChannel lock = lock(names);
    Optional<Store> store = find(names);
    store.ifPresentOrElse(found -> found.lock = lock, () -> unlock(names, lock));
    return store;
  }

  /** From here to {@link #close} no other command changes this lab; one that does is waited for. */
  synchronized Store alone() {
    if (lock == null) {
      lock = lock(names);
      state = open(names).state; // as the other one has left it
    }
    return this;
  }

  /** The empty state of a lab that is about to be made, alone. */
  static Store create(Names names, String home, String cgroup) {
    FileChannel lock = lock(names);
    if (Files.exists(names.stateFile())) {
      throw Problem.of("lab " + names.lab(), "it is up already, or was left half up")
          .remedy("weir lab down" + names.option())
          .asException();
    }
    Store store =
        new Store(names, new LabState(names.lab(), home, cgroup, List.of(), List.of(), List.of()));
    store.lock = lock;
    store.write();
    return store;
  }

  Names names() {
    return names;
  }

  synchronized LabState state() {
    return state;
  }

  /** Returns when the changed state is in the file. */
  synchronized void change(UnaryOperator<LabState> change) {
    state = change.apply(state);
    write();
  }

  /** Forgets the lab: the last act of {@code down}. */
  void delete() {
    try {
      Files.deleteIfExists(names.stateFile());
      Files.deleteIfExists(names.lockFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (lock != null) {
      try {
        lock.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void unlock(Names names, FileChannel lock) {
    try {
      Files.deleteIfExists(names.lockFile());
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write() {
    Path temporary = names.stateFile().resolveSibling(names.lab() + ".json.new");
    try {
      Files.writeString(temporary, GSON.toJson(state));
      Files.move(
          temporary,
          names.stateFile(),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<LabState> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(GSON.fromJson(Files.readString(file), LabState.class));
    } catch (IOException | JsonParseException e) {
      throw Problem.of(file.toString(), "the state of a lab", String.valueOf(e.getMessage()))
          .asException();
    }
  }

  private static FileChannel lock(Names names) {
    try {
      Files.createDirectories(names.stateFile().getParent());
      FileChannel channel =
          FileChannel.open(names.lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock held = channel.lock();
      if (!held.isValid()) {
        throw new IOException("the lock on " + names.lockFile() + " was lost");
      }
      return channel;
    } catch (IOException e) {
      throw Problem.of(names.lockFile().toString(), "a file that can be locked", e.toString())
          .asException();
    }
  }
}
