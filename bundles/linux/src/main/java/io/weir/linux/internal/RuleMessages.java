package io.weir.linux.internal;

import io.weir.linux.Rule;
import java.util.Optional;

/**
 * Messages about rules (linux/fib_rules.h).
 *
 * <pre>
 * struct fib_rule_hdr   0 family u8   1 dst_len u8   2 src_len u8   3 tos u8
 *                       4 table u8    5 res1 u8      6 res2 u8      7 action u8   8 flags u32
 * </pre>
 */
final class RuleMessages {
  private static final int NEW = 32;
  private static final int DELETE = 33;
  private static final int GET = 34;
  private static final int FIXED_BYTES = 12;

  private static final int PRIORITY = 6;
  private static final int MARK = 10;
  private static final int TABLE = 15;
  private static final int MASK = 16;
  private static final int TO_TABLE = 1;

  private RuleMessages() {}

  static Optional<Rule> decode(NetlinkReply reply) {
    int family = reply.u8(0);
    boolean ip = family == AddressMessages.AF_INET || family == AddressMessages.AF_INET6;
    if (!ip || reply.u8(7) != TO_TABLE) {
      return Optional.empty();
    }
    var attributes = reply.attributes(FIXED_BYTES);
    return Optional.of(
        new Rule(
            family == AddressMessages.AF_INET6,
            attributes.u32(PRIORITY, 0),
            attributes.u32(MARK, 0),
            attributes.u32(MASK, 0),
            attributes.u32(TABLE, reply.u8(4))));
  }

  static NetlinkMessage dump() {
    return new NetlinkMessage(GET, NetlinkMessage.DUMP).u32(0).u32(0).u32(0);
  }

  static NetlinkMessage add(Rule rule) {
    return of(NEW, NetlinkMessage.ACK | NetlinkMessage.CREATE | NetlinkMessage.EXCL, rule);
  }

  static NetlinkMessage delete(Rule rule) {
    return of(DELETE, NetlinkMessage.ACK, rule);
  }

  private static NetlinkMessage of(int type, int flags, Rule rule) {
    NetlinkMessage message =
        new NetlinkMessage(type, flags)
            .u8(AddressMessages.family(rule.ipv6()))
            .u8(0)
            .u16(0)
            .u8(rule.table() < 256 ? rule.table() : 0)
            .u16(0)
            .u8(TO_TABLE)
            .u32(0)
            .attribute(PRIORITY, rule.priority())
            .attribute(TABLE, rule.table());
    return rule.mask() == 0
        ? message
        : message.attribute(MARK, rule.mark()).attribute(MASK, rule.mask());
  }
}
