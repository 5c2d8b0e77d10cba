package io.weir.api.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixTest {
  @ParameterizedTest
  @CsvSource({
    "10.1.2.3/8, 10.0.0.0/8",
    "10.1.2.3/32, 10.1.2.3/32",
    "10.1.2.3, 10.1.2.3/32",
    "1.2.3.4/0, 0.0.0.0/0",
    "2001:db8:ffff::1/33, 2001:db8:8000::/33",
    "2001:db8::1:2:3:4/66, 2001:db8:0:0:0:0:0:0/66",
    "::1/0, ::/0",
  })
  void clears_the_bits_beyond_its_length(String text, String cleared) {
    assertThat(Prefix.parse(text)).isEqualTo(Prefix.parse(cleared));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "x/8", "/8"})
  void refuses_what_is_no_block(String text) {
    assertThatThrownBy(() -> Prefix.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void contains_addresses_and_blocks_of_its_own_family_only() {
    Prefix ten = Prefix.parse("10.0.0.0/8");
    assertThat(ten.contains(Address.parse("10.255.0.1"))).isTrue();
    assertThat(ten.contains(Address.parse("11.0.0.1"))).isFalse();
    assertThat(ten.contains(Prefix.parse("10.1.0.0/16"))).isTrue();
    assertThat(ten.contains(Prefix.parse("0.0.0.0/0"))).isFalse();
    assertThat(Prefix.parse("::/0").contains(Address.parse("10.0.0.1"))).isFalse();
    assertThat(Prefix.parse("fd00::/9").contains(Address.parse("fd7f::1"))).isTrue();
  }
}
