package io.weir.linux;

/**
 * Input of a program's test-run.
 *
 * @param data the packet, from its link-layer header on; empty for programs that take none
 * @param context {@code struct __sk_buff}, {@code xdp_md} or what the type takes; empty for none
 * @param repeat how many times it is run; the packet stays as it is between the runs, what a run
 *     changes of it is seen by the next
 */
public record TestRun(byte[] data, byte[] context, int repeat) {
  public static TestRun of(byte[] packet) {
    return new TestRun(packet, new byte[0], 1);
  }

  /** A program of type raw_tracepoint or syscall: no packet. */
  public static TestRun ofContext(byte[] context) {
    return new TestRun(new byte[0], context, 1);
  }

  public TestRun context(byte[] bytes) {
    return new TestRun(data, bytes, repeat);
  }

  public TestRun repeat(int times) {
    return new TestRun(data, context, times);
  }

  /**
   * Output of a test-run.
   *
   * @param code the program's result
   * @param data the packet afterwards
   * @param context afterwards
   * @param nanos of one run, on average
   */
  public record Result(int code, byte[] data, byte[] context, int nanos) {}
}
