package io.weir.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class CniRequestTest {
  private static final String CONF =
      "{\"cniVersion\":\"1.0.0\",\"name\":\"weir\",\"type\":\"weir-cni\"}";

  @Test
  void should_read_what_kubelet_and_containerd_send() {
    CniRequest request = CniRequest.parse(environment(Map.of()), CONF);
    assertThat(request)
        .isEqualTo(
            new CniRequest(
                CniRequest.Command.ADD,
                new Attachment("4f1c", "eth0"),
                "/run/netns/x",
                "shop",
                "web-1",
                NetConf.parse(CONF)));
  }

  @Test
  void should_name_the_pod_after_its_container_where_the_runtime_knows_no_pods() {
    CniRequest request = CniRequest.parse(environment(Map.of("CNI_ARGS", "")), CONF);
    assertThat(request.namespace()).isEqualTo("default");
    assertThat(request.pod()).isEqualTo("4f1c");
  }

  @Test
  void should_take_DEL_without_a_namespace() {
    assertThat(
            CniRequest.parse(environment(Map.of("CNI_COMMAND", "DEL", "CNI_NETNS", "")), CONF)
                .netns())
        .isEmpty();
  }

  @Test
  void should_say_what_is_wrong_with_the_environment() {
    refuses(
        Map.of("CNI_COMMAND", "PLUG"),
        4,
        "CNI_COMMAND: expected ADD, DEL, CHECK, GC, STATUS or VERSION, got \"PLUG\"");
    refuses(
        Map.of("CNI_CONTAINERID", ""),
        4,
        "CNI_CONTAINERID: expected a container's id of letters, digits and ._-, got none");
    refuses(
        Map.of("CNI_CONTAINERID", "../x"),
        4,
        "CNI_CONTAINERID: expected a container's id of letters, digits and ._-, got \"../x\"");
    refuses(
        Map.of("CNI_IFNAME", "a/b"),
        4,
        "CNI_IFNAME: expected an interface's name of at most 15 bytes, without / and :, got \"a/b\"");
    refuses(
        Map.of("CNI_IFNAME", ".."),
        4,
        "CNI_IFNAME: expected an interface's name of at most 15 bytes, without / and :, got \"..\"");
    refuses(
        Map.of("CNI_NETNS", ""),
        4,
        "CNI_NETNS: expected the path of a network namespace, got \"\"");
    refuses(
        Map.of("CNI_ARGS", "x"), 4, "CNI_ARGS: expected pairs KEY=VALUE with ; between, got \"x\"");
    refuses(
        Map.of("CNI_ARGS", "K8S_POD_NAME=a b"),
        4,
        "CNI_ARGS: K8S_POD_NAME: expected a name of letters, digits and ._-, got \"a b\"");
  }

  @Test
  void should_say_what_is_wrong_with_the_configuration() {
    refuses("", 6, "network configuration: expected a JSON object, got nothing");
    refuses("[1]", 6, "network configuration: expected a JSON object, got [1]");
    refuses("{\"cniVersion\":1}", 6, "network configuration: cniVersion: expected text, got 1");
    refuses(
        "{\"cniVersion\":\"0.2.0\"}",
        1,
        "network configuration: cniVersion: expected one of 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0, got \"0.2.0\"");
    refuses(
        "{\"cniVersion\":\"1.0.0\",\"prevResult\":{}}",
        7,
        "network configuration: prevResult: expected none on ADD, got the result of another plugin;"
            + " let weir-cni be the first of the list");
  }

  @Test
  void should_want_the_result_of_ADD_for_CHECK() {
    assertThatThrownBy(() -> CniRequest.parse(environment(Map.of("CNI_COMMAND", "CHECK")), CONF))
        .hasMessage("network configuration: prevResult: expected the result of ADD, got none");
  }

  @Test
  void should_read_the_attachments_that_GC_keeps() {
    CniRequest request =
        CniRequest.parse(
            Map.of("CNI_COMMAND", "GC"),
            "{\"cniVersion\":\"1.1.0\",\"name\":\"weir\",\"cni.dev/valid-attachments\":"
                + "[{\"containerID\":\"a\",\"ifname\":\"eth0\"}]}");
    assertThat(request.configuration().valid()).contains(List.of(new Attachment("a", "eth0")));
  }

  @Test
  void should_answer_in_the_version_asked_for() {
    assertThat(NetConf.versionOf("{\"cniVersion\":\"0.4.0\",\"dns\":3}")).isEqualTo("0.4.0");
    assertThat(NetConf.versionOf("{")).isEqualTo("1.0.0");
    assertThat(CniVersion.json("0.3.1"))
        .hasToString(
            "{\"cniVersion\":\"0.3.1\",\"supportedVersions\":[\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}");
  }

  @Test
  void should_name_interfaces_apart_within_what_the_kernel_takes() {
    Attachment one = new Attachment("4f1c", "eth0");
    assertThat(one.hostInterface()).hasSize(15).matches("weir[0-9a-v]{11}");
    assertThat(new Attachment("4f1c", "eth1").hostInterface()).isNotEqualTo(one.hostInterface());
    assertThat(Integer.parseInt(one.mac().substring(0, 2), 16) & 3)
        .as("locally administered, unicast")
        .isEqualTo(2);
  }

  private static void refuses(Map<String, String> changed, int code, String sentence) {
    assertThatThrownBy(() -> CniRequest.parse(environment(changed), CONF))
        .hasMessage(sentence)
        .asInstanceOf(InstanceOfAssertFactories.type(CniError.class))
        .extracting(CniError::code)
        .isEqualTo(code);
  }

  private static void refuses(String configuration, int code, String sentence) {
    assertThatThrownBy(() -> CniRequest.parse(environment(Map.of()), configuration))
        .hasMessage(sentence)
        .asInstanceOf(InstanceOfAssertFactories.type(CniError.class))
        .extracting(CniError::code)
        .isEqualTo(code);
  }

  private static Map<String, String> environment(Map<String, String> changed) {
    Map<String, String> environment = new HashMap<>();
    environment.put("CNI_COMMAND", "ADD");
    environment.put("CNI_CONTAINERID", "4f1c");
    environment.put("CNI_NETNS", "/run/netns/x");
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-1");
    environment.putAll(changed);
    return environment;
  }
}
