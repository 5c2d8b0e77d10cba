package io.weir.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.api.Problem;
import io.weir.api.row.Address;
import io.weir.api.row.Endpoint;
import io.weir.api.row.LocalNode;
import io.weir.api.row.Prefix;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CniResultTest {
  private static final LocalNode NODE =
      new LocalNode(
          "n1",
          List.of(),
          List.of(Prefix.parse("10.0.0.0/24"), Prefix.parse("fd00:10::/112")),
          List.of(Address.parse("10.0.0.1"), Address.parse("fd00:10::1")),
          "weir_host",
          2,
          "02:00:00:00:00:01",
          1450,
          0,
          "/sys/fs/cgroup");
  private static final Endpoint ENDPOINT =
      new Endpoint(
          1,
          "default",
          "web",
          "4f1c",
          "eth0",
          "weirabc",
          3,
          "0a:00:00:00:00:02",
          List.of(Address.parse("10.0.0.2"), Address.parse("fd00:10::2")),
          0);

  @Test
  void should_be_a_result_of_CNI_1_0() {
    assertThat(result("1.0.0"))
        .isEqualTo(
            "{'cniVersion':'1.0.0','interfaces':[{'name':'weirabc','mac':'02:00:00:00:00:01'},"
                + "{'name':'eth0','mac':'0a:00:00:00:00:02','sandbox':'/run/netns/x'}],"
                + "'ips':[{'interface':1,'address':'10.0.0.2/32','gateway':'10.0.0.1'},"
                + "{'interface':1,'address':'fd00:10::2/128','gateway':'fd00:10::1'}],"
                + "'routes':[{'dst':'0.0.0.0/0','gw':'10.0.0.1'},{'dst':'::/0','gw':'fd00:10::1'}],"
                + "'dns':{'nameservers':['10.96.0.10']}}");
  }

  @Test
  void should_name_families_before_1_0_and_tell_the_mtu_from_1_1() {
    assertThat(result("0.3.1")).contains("{'version':'4','interface':1,'address':'10.0.0.2/32'");
    assertThat(result("0.4.0")).contains("{'version':'6','interface':1,'address':'fd00:10::2/128'");
    assertThat(result("1.1.0")).contains("{'name':'weirabc','mac':'02:00:00:00:00:01','mtu':1450}");
  }

  @Test
  void should_tell_errors_as_the_specification_has_them() {
    CniError error = new CniError(11, Problem.of("node n1", "the engine is starting"));
    assertThat(error.json("0.4.0"))
        .hasToString(
            "{\"cniVersion\":\"0.4.0\",\"code\":11,\"msg\":\"node n1: the engine is starting\"}");
  }

  private static String result(String version) {
    CniRequest request =
        CniRequest.parse(
            Map.of(
                "CNI_COMMAND",
                "ADD",
                "CNI_CONTAINERID",
                "4f1c",
                "CNI_NETNS",
                "/run/netns/x",
                "CNI_IFNAME",
                "eth0"),
            "{\"cniVersion\":\"" + version + "\",\"dns\":{\"nameservers\":[\"10.96.0.10\"]}}");
    return CniResult.json(request, ENDPOINT, NODE, NODE.mtu()).toString().replace('"', '\'');
  }
}
