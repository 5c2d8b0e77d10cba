package io.weir.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class SettingTest {
  private enum Attach {
    AUTO,
    CLS_ACT,
    EXPLICIT
  }

  @Test
  void parses_what_it_declares() {
    assertThat(Setting.flag("enable-ipv6", true, "m").value(" false", "s")).isFalse();
    assertThat(Setting.number("mtu", 1500, 68, 9000, "m").value("68", "s")).isEqualTo(68);
    Setting<Attach> choice = Setting.choice("datapath-attach", Attach.AUTO, "m");
    assertThat(choice.value("cls-act", "s")).isEqualTo(Attach.CLS_ACT);
    assertThat(choice.expected()).isEqualTo("one of auto, cls-act, explicit");
  }

  /** Turkish has an i without and one with a dot, in capitals too. */
  @Test
  void means_the_same_under_every_locale() {
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("tr"));
    try {
      Setting<Attach> choice = Setting.choice("datapath-attach", Attach.EXPLICIT, "m");
      assertThat(choice.defaultText()).isEqualTo("explicit");
      assertThat(choice.value("explicit", "s")).isEqualTo(Attach.EXPLICIT);
    } finally {
      Locale.setDefault(usual);
    }
  }

  @Test
  void says_where_what_was_expected_and_what_came() {
    assertThatThrownBy(() -> Setting.flag("enable-ipv6", true, "m").value("yes", "etc/io.weir.cfg"))
        .isInstanceOf(ProblemException.class)
        .hasMessage("etc/io.weir.cfg: enable-ipv6: expected true or false, got \"yes\"");
    assertThatThrownBy(() -> Setting.number("mtu", 1500, 68, 9000, "m").value("10", "x"))
        .hasMessage("x: mtu: expected a number from 68 to 9000, got \"10\"");
  }
}
