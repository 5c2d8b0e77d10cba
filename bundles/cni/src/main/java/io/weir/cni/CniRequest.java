package io.weir.cni;

import io.weir.api.Problem;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A call of the plugin, its parameters checked.
 *
 * @param netns file of the container's namespace; empty where the runtime has none any more
 * @param namespace of the pod
 * @param pod its name; the container's id where the runtime knows no pods
 */
record CniRequest(
    Command command,
    Attachment attachment,
    String netns,
    String namespace,
    String pod,
    NetConf configuration) {

  enum Command {
    ADD,
    DEL,
    CHECK,
    GC,
    STATUS,
    VERSION;

    boolean isAboutOneContainer() {
      return this == ADD || this == DEL || this == CHECK;
    }
  }

  private static final Predicate<String> CONTAINER_ID =
      Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}").asMatchPredicate();
  private static final Predicate<String> INTERFACE =
      Pattern.compile("[^\\s/:\\p{Cntrl}]+").asMatchPredicate();

  /** {@code IFNAMSIZ} without the NUL. */
  private static final int LONGEST_INTERFACE_BYTES = 15;

  private static final Predicate<String> POD_NAME =
      Pattern.compile("[a-z0-9A-Z]([a-zA-Z0-9._-]{0,252})").asMatchPredicate();

  /**
   * @param environment {@code CNI_COMMAND} and its like
   * @param text the network configuration
   * @throws CniError when a parameter is missing or is not what the specification wants
   */
  static CniRequest parse(Map<String, String> environment, String text) {
    Command command = command(environment.get("CNI_COMMAND"));
    NetConf configuration = NetConf.parse(text);
    if (command == Command.VERSION) {
      return new CniRequest(command, new Attachment("", ""), "", "", "", configuration);
    }
    configuration.check(command);
    if (!command.isAboutOneContainer()) {
      return new CniRequest(command, new Attachment("", ""), "", "", "", configuration);
    }
    Attachment attachment =
        new Attachment(
            required(
                environment,
                "CNI_CONTAINERID",
                CONTAINER_ID,
                "a container's id of letters, digits and ._-"),
            required(
                environment,
                "CNI_IFNAME",
                CniRequest::isInterface,
                "an interface's name of at most 15 bytes, without / and :"));
    String netns = environment.getOrDefault("CNI_NETNS", "");
    if (netns.isEmpty() && command != Command.DEL || !netns.isEmpty() && !netns.startsWith("/")) {
      throw badEnvironment("CNI_NETNS", "the path of a network namespace", quoted(netns));
    }
    Map<String, String> arguments = arguments(environment.getOrDefault("CNI_ARGS", ""));
    return new CniRequest(
        command,
        attachment,
        netns,
        name(arguments, "K8S_POD_NAMESPACE", "default"),
        name(arguments, "K8S_POD_NAME", attachment.containerId()),
        configuration);
  }

  private static Command command(String name) {
    for (Command command : Command.values()) {
      if (command.name().equals(name)) {
        return command;
      }
    }
    throw badEnvironment(
        "CNI_COMMAND",
        "ADD, DEL, CHECK, GC, STATUS or VERSION",
        name == null ? "none" : quoted(name));
  }

  private static boolean isInterface(String name) {
    return INTERFACE.test(name)
        && name.getBytes(StandardCharsets.UTF_8).length <= LONGEST_INTERFACE_BYTES
        && !name.equals(".")
        && !name.equals("..");
  }

  private static String required(
      Map<String, String> environment, String key, Predicate<String> check, String expected) {
    String value = environment.getOrDefault(key, "");
    if (!check.test(value)) {
      throw badEnvironment(key, expected, value.isEmpty() ? "none" : quoted(value));
    }
    return value;
  }

  private static Map<String, String> arguments(String text) {
    Map<String, String> arguments = new HashMap<>();
    for (String pair : text.split(";")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        arguments.put(pair.substring(0, equals), pair.substring(equals + 1));
      } else if (!pair.isBlank()) {
        throw badEnvironment("CNI_ARGS", "pairs KEY=VALUE with ; between", quoted(text));
      }
    }
    return arguments;
  }

  private static String name(Map<String, String> arguments, String key, String otherwise) {
    String value = arguments.getOrDefault(key, "");
    if (value.isEmpty()) {
      return otherwise;
    }
    if (!POD_NAME.test(value)) {
      throw badEnvironment("CNI_ARGS: " + key, "a name of letters, digits and ._-", quoted(value));
    }
    return value;
  }

  private static CniError badEnvironment(String where, String expected, String came) {
    return new CniError(CniError.BAD_ENVIRONMENT, Problem.of(where, expected, came));
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}
