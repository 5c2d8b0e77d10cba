package io.weir.api.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:DB8::, 2001:db8::",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "fd00:10::0001, fd00:10::1",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
  })
  void prints_after_rfc_5952(String text, String canonical) {
    assertThat(Address.parse(text)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0",
        "10.0.0.256",
        "localhost",
        "1.2.3.4/8",
        "fe80::1%eth0",
        "[::1]",
        ":::"
      })
  void refuses_what_is_no_literal(String text) {
    assertThatThrownBy(() -> Address.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.256", "999.1.1.1", "web:80", " ::1", ".:1", "localhost:"})
  void looks_up_no_name(String text) {
    assertThatThrownBy(() -> Address.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .as("the answer of a resolver would be its cause")
        .hasNoCause();
  }

  @Test
  void survives_bytes_and_the_mapped_form() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      byte[] bytes = new byte[i % 2 == 0 ? 4 : 16];
      random.nextBytes(bytes);
      Address address = Address.of(bytes);
      assertThat(address.bytes()).isEqualTo(bytes);
      assertThat(Address.ofMapped(address.mapped())).isEqualTo(address);
      assertThat(Address.parse(address.toString())).isEqualTo(address);
      assertThat(address.inet()).isEqualTo(InetAddress.getByAddress(bytes));
    }
  }

  @Test
  void prints_the_same_digits_under_every_locale() {
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      assertThat(Address.parse("10.0.0.1")).hasToString("10.0.0.1");
      assertThat(Address.parse("fd00::10")).hasToString("fd00::10");
    } finally {
      Locale.setDefault(usual);
    }
  }

  @Test
  void counts_on_over_the_low_half() {
    assertThat(Address.parse("fd00::ffff:ffff:ffff:ffff").plus(1)).hasToString("fd00:0:0:1::");
    assertThat(Address.parse("10.0.0.255").plus(1)).hasToString("10.0.1.0");
  }
}
