package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.itests.testing.BpfBuild;
import java.util.Map;

/** The objects as the build has left them. */
final class BuiltObjects implements ObjectFiles {
  @Override
  public byte[] object(String name) {
    return BpfBuild.object(name);
  }

  @Override
  public Map<String, Integer> groups() {
    return Abi.GROUPS;
  }
}
