package io.weir.manifests;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls when something below a directory has changed. It only makes looks prompt: who looks anyway,
 * now and then, misses nothing.
 */
final class DirectoryWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryWatch.class);

  private final Path root;
  private final Runnable changed;
  private final WatchService service;
  private final Thread thread;

  DirectoryWatch(Path root, Runnable changed) throws IOException {
    this.root = root;
    this.changed = changed;
    service = root.getFileSystem().newWatchService();
    register(root);
    thread = new Thread(this::run, Store.BUNDLE + " watch");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        WatchKey key = service.take();
        Path directory = (Path) key.watchable();
        boolean ours = false;
        for (WatchEvent<?> event : key.pollEvents()) {
          Path child = event.context() instanceof Path name ? directory.resolve(name) : root;
          boolean isDirectory = Files.isDirectory(child);
          if (isDirectory) {
            register(child);
          }
          ours |= isDirectory || WatchedDirectory.isManifest(child.getFileName().toString());
        }
        key.reset();
        if (ours) {
          changed.run();
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      LOG.debug("no longer watching {}", root);
    }
  }

  private void register(Path from) {
    try {
      Files.walkFileTree(
          from,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                throws IOException {
              directory.register(
                  service,
                  StandardWatchEventKinds.ENTRY_CREATE,
                  StandardWatchEventKinds.ENTRY_MODIFY,
                  StandardWatchEventKinds.ENTRY_DELETE);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      LOG.warn("changes below {} are seen later than at once: {}", from, e.toString());
    }
  }

  /** Returns when the thread has ended. */
  @Override
  public void close() {
    try {
      service.close();
      thread.join();
    } catch (IOException e) {
      LOG.warn("watching {} does not end: {}", root, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
