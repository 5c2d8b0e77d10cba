package io.weir.linux;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A map of the kernel. Keys and values are of exactly the sizes of {@link #info}; the value of a
 * map per CPU is that of each CPU in turn, each rounded up to 8 bytes.
 */
@ProviderType
public interface BpfMap extends AutoCloseable {
  MapInfo info();

  /**
   * Key and value, field by field, as the BTF declares them that the map was made with: maps that
   * say the same keep the same in the same places. Empty where the kernel knows no types of it.
   */
  String layout();

  Fd fd();

  /** Bytes of a value as it is read and written here. */
  int valueBytes();

  Optional<byte[]> lookup(byte[] key);

  /**
   * Writes an entry, whether it is there or not.
   *
   * @throws LinuxException E2BIG when a hash is full, ENOSPC when a trie is
   */
  void update(byte[] key, byte[] value);

  /** Writes an entry that is not there yet; false where it is. */
  boolean insert(byte[] key, byte[] value);

  /** Takes an entry away; false where it was not there. */
  boolean delete(byte[] key);

  /**
   * Writes many entries in one call, or one after the other where the kernel has no batches for
   * this type.
   *
   * @param keys one after the other
   * @param values one after the other
   * @throws LinuxException as {@link #update}; those before the refused one are written
   */
  void updateAll(byte[] keys, byte[] values, int count);

  /** Takes many entries away; those that are not there are left out. */
  void deleteAll(byte[] keys, int count);

  /**
   * Every entry; those written or taken away meanwhile may be seen or not. Each call gets arrays of
   * its own.
   */
  void forEach(BiConsumer<byte[], byte[]> action);

  /** Number of entries, by walking them. */
  int count();

  /** Keeps the map alive by a file of bpffs, whose directory is there. */
  void pin(Path path);

  @Override
  void close();
}
