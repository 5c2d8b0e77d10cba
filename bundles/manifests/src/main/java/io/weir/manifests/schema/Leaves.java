package io.weir.manifests.schema;

import io.weir.api.row.Address;
import io.weir.api.row.Prefix;
import io.weir.manifests.yaml.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The leaves that schema files name. */
final class Leaves {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern SUBDOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final Pattern QUALIFIED =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
  private static final Pattern PORT_NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
  private static final Pattern POLICY_PORT_NAME = Pattern.compile("[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*");
  private static final Pattern FQDN = Pattern.compile("[-a-zA-Z0-9_]+(\\.[-a-zA-Z0-9_]+)*\\.?");
  private static final Pattern FQDN_PATTERN =
      Pattern.compile("[-a-zA-Z0-9_*]+(\\.[-a-zA-Z0-9_*]+)*\\.?");

  private static final String NAMED = "at most 15 of a-z, 0-9 and -, a letter among them";
  private static final Map<String, Type.Leaf> BY_NAME = new HashMap<>();

  static {
    text("text", "text", text -> true);
    leaf("boolean", "true or false", false, scalar -> scalar.plain() instanceof Boolean);
    leaf("integer", "an integer", false, scalar -> scalar.plain() instanceof Long);
    number("count", "a number from 0 to 65535", 0, 65535);
    number("seconds", "a number of seconds from 0 to 86400", 0, 86400);
    number("port", "a port number from 1 to 65535", 1, 65535);
    number("port-or-zero", "a port number from 0 to 65535", 0, 65535);
    number("percent", "a number from 1 to 100", 1, 100);
    leaf(
        "port-or-name",
        "a port number from 1 to 65535 or a name (" + NAMED + ")",
        false,
        scalar ->
            scalar.plain() instanceof Long number
                ? number >= 1 && number <= 65535
                : scalar.plain() instanceof String text && isPortName(PORT_NAME, text));
    text(
        "policy-port",
        "a port number or name",
        text ->
            text.matches("\\d{1,5}")
                ? Integer.parseInt(text) <= 65535
                : isPortName(POLICY_PORT_NAME, text));
    text("port-name", "a port's name (" + NAMED + ")", text -> isPortName(PORT_NAME, text));
    leaf("icmp-type", "an ICMP type: a number from 0 to 255 or a name", false, Leaves::isIcmpType);
    text("address", "an IP address", Leaves::isAddress);
    text(
        "cluster-ip",
        "an IP address or None",
        text -> text.isEmpty() || text.equals("None") || isAddress(text));
    text("cidr", "an address block like 10.0.0.0/8", text -> text.contains("/") && isPrefix(text));
    text("cidr-or-address", "an address block like 10.0.0.0/8", Leaves::isPrefix);
    text(
        "label-key",
        "a label's key: at most 63 of A-Z, a-z, 0-9, -, _, . after an optional DNS name and /",
        Leaves::isLabelKey);
    text(
        "label-value",
        "a label's value: at most 63 of A-Z, a-z, 0-9, -, _, .",
        text -> text.isEmpty() || QUALIFIED.matcher(text).matches());
    text(
        "dns-label",
        "a name of at most 63 of a-z, 0-9 and -",
        text -> LABEL.matcher(text).matches());
    text("name", "a name of at most 253 of a-z, 0-9, - and .", Leaves::isName);
    text("fqdn", "a domain name", text -> text.length() <= 255 && FQDN.matcher(text).matches());
    text(
        "fqdn-pattern",
        "a domain name, * for any part",
        text -> text.length() <= 255 && FQDN_PATTERN.matcher(text).matches());
    text("name-of-something", "a name", text -> !text.isEmpty());
  }

  private Leaves() {}

  /** The leaf of this name, or of these alternatives, {@code TCP|UDP}; null if there is none. */
  static Type.Leaf of(String name) {
    if (!name.contains("|")) {
      return BY_NAME.get(name);
    }
    List<String> choices =
        Arrays.stream(name.split("\\|")).filter(choice -> !choice.isEmpty()).toList();
    String expected = choices.size() == 1 ? choices.get(0) : "one of " + String.join(", ", choices);
    return new Type.Leaf(
        expected, true, scalar -> scalar.plain() instanceof String text && choices.contains(text));
  }

  private static void leaf(
      String name, String expected, boolean text, Predicate<Value.Scalar> fits) {
    BY_NAME.put(name, new Type.Leaf(expected, text, fits));
  }

  private static void text(String name, String expected, Predicate<String> fits) {
    leaf(name, expected, true, scalar -> scalar.plain() instanceof String text && fits.test(text));
  }

  private static void number(String name, String expected, long least, long most) {
    leaf(
        name,
        expected,
        false,
        scalar -> scalar.plain() instanceof Long number && number >= least && number <= most);
  }

  private static boolean isPortName(Pattern pattern, String text) {
    return text.length() <= 15
        && pattern.matcher(text).matches()
        && text.chars().anyMatch(Character::isLetter);
  }

  private static boolean isIcmpType(Value.Scalar scalar) {
    if (scalar.plain() instanceof Long number) {
      return number >= 0 && number <= 255;
    }
    return scalar.plain() instanceof String text
        && (text.matches("\\d{1,3}")
            ? Integer.parseInt(text) <= 255
            : text.matches("[A-Z][A-Za-z ]+"));
  }

  private static boolean isLabelKey(String text) {
    int slash = text.indexOf('/');
    String name = text.substring(slash + 1);
    return QUALIFIED.matcher(name).matches() && (slash < 0 || isName(text.substring(0, slash)));
  }

  private static boolean isName(String text) {
    return text.length() <= 253 && SUBDOMAIN.matcher(text).matches();
  }

  private static boolean isAddress(String text) {
    try {
      Address.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isPrefix(String text) {
    try {
      Prefix.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
