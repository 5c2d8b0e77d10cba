package io.weir.linux.internal;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;

/** Functions of the C library, directly mapped. Registered by {@link Natives}. */
final class Libc {
  static final int O_RDONLY = 0;
  static final int O_CLOEXEC = 0x80000;
  static final int F_DUPFD_CLOEXEC = 1030;

  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int MAP_SHARED = 1;

  static final int CLONE_NEWNET = 0x40000000;

  static final int SOL_SOCKET = 1;
  static final int SO_NETNS_COOKIE = 71;

  private Libc() {}

  static native int open(String path, int flags, int mode) throws LastErrorException;

  static native int close(int fd) throws LastErrorException;

  static native int fcntl(int fd, int command, int argument) throws LastErrorException;

  static native Pointer mmap(
      Pointer where, long length, int protection, int flags, int fd, long offset)
      throws LastErrorException;

  static native int munmap(Pointer where, long length) throws LastErrorException;

  static native int getpagesize();

  static native int setns(int fd, int kind) throws LastErrorException;

  static native int unshare(int flags) throws LastErrorException;

  static native int socket(int family, int type, int protocol) throws LastErrorException;

  static native int setsockopt(int fd, int level, int name, byte[] value, int length)
      throws LastErrorException;

  static native int getsockopt(int fd, int level, int name, byte[] value, int[] length)
      throws LastErrorException;

  static native int bind(int fd, byte[] address, int length) throws LastErrorException;

  static native long send(int fd, byte[] bytes, long length, int flags) throws LastErrorException;

  static native long recv(int fd, byte[] bytes, long length, int flags) throws LastErrorException;

  static native int connect(int fd, byte[] address, int length) throws LastErrorException;

  static native long sendmsg(int fd, Pointer message, int flags) throws LastErrorException;

  static native int memfd_create(String name, int flags) throws LastErrorException;

  static native long write(int fd, byte[] bytes, long length) throws LastErrorException;

  static native int vsnprintf(Pointer into, long size, Pointer format, Pointer arguments);

  /** The untranslated text of an error number; null for none. */
  static native Pointer strerrordesc_np(int errno);
}
