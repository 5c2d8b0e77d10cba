package io.weir.linux;

import java.nio.file.Path;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** A program in the kernel. */
@ProviderType
public interface BpfProgram extends AutoCloseable {
  ProgramInfo info();

  Fd fd();

  /** Numbers of the maps it uses. */
  List<Integer> mapIds();

  /**
   * Runs it on a packet of the caller's, in the network namespace of the calling thread.
   *
   * @throws LinuxException where the kernel cannot run this type, or refuses the input
   */
  TestRun.Result run(TestRun input);

  void pin(Path path);

  @Override
  void close();

  /**
   * What the kernel says of a program.
   *
   * @param type a number of {@code enum bpf_prog_type}
   * @param tag hash of its instructions, 16 hexadecimal digits
   */
  record ProgramInfo(int id, int type, String tag, String name) {}
}
