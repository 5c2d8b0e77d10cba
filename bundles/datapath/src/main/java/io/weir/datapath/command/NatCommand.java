package io.weir.datapath.command;

import io.weir.api.Listing;
import io.weir.api.StateFiles;
import io.weir.api.row.Address;
import io.weir.api.table.Tables;
import io.weir.datapath.PodNames;
import io.weir.datapath.Translations;
import io.weir.datapath.Translations.Destination;
import io.weir.datapath.Translations.Talk;
import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.MasqueradeLayout;
import io.weir.linux.BpfMap;
import io.weir.linux.Linux;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Lists who uses the ports of masquerade towards whom; who uses most comes first. */
@Service
@Command(
    scope = "weir",
    name = "nat",
    description = "Masqueraded flows by pod and destination, those of most first")
public final class NatCommand implements Action {
  @Reference private StateFiles files;
  @Reference private Linux linux;
  @Reference private Tables tables;

  @Override
  public Object execute() {
    try (BpfMap nat4 = map("flows", Abi.ABI_FLOWS, "nat4");
        BpfMap nat6 = map("flows", Abi.ABI_FLOWS, "nat6");
        BpfMap settings = map("masquerade", Abi.ABI_MASQUERADE, "masquerade")) {
      byte[] ports = settings.lookup(new byte[Integer.BYTES]).orElseThrow();
      int capacity = MasqueradeLayout.lastPort(ports, 0) - MasqueradeLayout.firstPort(ports, 0) + 1;
      List<Map.Entry<Talk, Integer>> talks = Translations.count(nat4, nat6);
      Map<Destination, Integer> sums = new HashMap<>();
      talks.forEach(
          entry -> sums.merge(entry.getKey().destination(), entry.getValue(), Integer::sum));
      Map<Address, String> pods = PodNames.byAddress(tables);
      Listing.Builder listing =
          Listing.of("pod", "address", "destination", "as", "flows", "of-all", "ports");
      for (Map.Entry<Talk, Integer> entry : talks) {
        Destination destination = entry.getKey().destination();
        listing.row(
            pods.getOrDefault(entry.getKey().pod(), ""),
            entry.getKey().pod().toString(),
            destination.toString(),
            destination.from().toString(),
            entry.getValue(),
            sums.get(destination),
            capacity);
      }
      return listing.build();
    }
  }

  private BpfMap map(String group, int number, String name) {
    Path maps = files.places().bpffs().resolve("maps");
    return linux.bpf().findMap(maps.resolve(group + "-" + number).resolve(name)).orElseThrow();
  }
}
