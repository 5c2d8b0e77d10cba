package io.weir.linux;

import java.util.Optional;

/**
 * Where a program is attached: {@code enum bpf_attach_type} of the kernel, as far as it is used.
 */
public enum AttachType {
  CGROUP_INET_INGRESS(0),
  CGROUP_INET_EGRESS(1),
  CGROUP_SOCK_CREATE(2),
  CGROUP_SOCK_OPS(3),
  CGROUP_CONNECT4(10),
  CGROUP_CONNECT6(11),
  CGROUP_POST_BIND4(12),
  CGROUP_POST_BIND6(13),
  CGROUP_SENDMSG4(14),
  CGROUP_SENDMSG6(15),
  CGROUP_RECVMSG4(19),
  CGROUP_RECVMSG6(20),
  CGROUP_GETPEERNAME4(29),
  CGROUP_GETPEERNAME6(30),
  CGROUP_SOCK_RELEASE(34),
  SK_LOOKUP(36),
  XDP(37),
  TCX_INGRESS(46),
  TCX_EGRESS(47);

  private final int number;

  AttachType(int number) {
    this.number = number;
  }

  /** As in {@code linux/bpf.h}. */
  public int number() {
    return number;
  }

  /** The type of this number, where it is one of these. */
  public static Optional<AttachType> of(int number) {
    for (AttachType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
