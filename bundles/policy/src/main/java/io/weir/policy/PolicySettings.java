package io.weir.policy;

import io.weir.api.Setting;
import io.weir.policy.compile.Mode;

/** What can be set about policies; names and values are those of {@code cilium-config}. */
final class PolicySettings {
  /** Whether the node itself may reach its pods whatever policies say. */
  enum Localhost {
    AUTO,
    ALWAYS,
    POLICY
  }

  static final Setting<Mode.Enforcement> ENABLE_POLICY =
      Setting.choice(
          "enable-policy",
          Mode.Enforcement.DEFAULT,
          "when what no rule allows is forbidden: where a policy selects the pod, always, or never");

  static final Setting<Boolean> AUDIT_MODE =
      Setting.flag(
          "policy-audit-mode", false, "whether what policies deny passes, and is only told");

  static final Setting<Localhost> ALLOW_LOCALHOST =
      Setting.choice(
          "allow-localhost",
          Localhost.AUTO,
          "whether the node always reaches its pods (auto, always), or as policies say");

  static final Setting<Boolean> CIDR_MATCH_MODE =
      new Setting<>(
          "policy-cidr-match-mode",
          "",
          "nodes makes address blocks of Cilium's policies match nodes, too",
          "nodes, or nothing",
          PolicySettings::matchesNodes);

  static final Setting<?>[] ALL = {ENABLE_POLICY, AUDIT_MODE, ALLOW_LOCALHOST, CIDR_MATCH_MODE};

  private PolicySettings() {}

  private static Boolean matchesNodes(String text) {
    return switch (text.strip()) {
      case "" -> false;
      case "nodes" -> true;
      default -> throw new IllegalArgumentException(text);
    };
  }
}
