package io.weir.datapath;

import io.weir.datapath.abi.Abi;
import io.weir.datapath.abi.EndpointLayout;
import io.weir.linux.AttachType;
import io.weir.linux.Bpf.ClsactHook;
import io.weir.linux.BpfLink;
import io.weir.linux.BpfMap;
import io.weir.linux.Linux;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What an engine of an earlier ABI has put into the kernel and pinned: see {@code
 * abi/former/README.md}. Today's classes fill its maps; what they encode is made what it was then.
 */
final class FormerKernel extends RememberingKernel {
  /** Group → number, as in the objects. */
  private static final Map<String, Integer> GROUPS =
      Map.of("endpoints", 2, "events", 2, "flows", 2, "masquerade", 1, "policy", 1, "services", 1);

  private static final int IFINDEX_AT = EndpointLayout.IFINDEX;

  private final LoadedObjects objects;
  private final Linux linux;
  private final Path root;
  private final Interfaces.Way way;

  FormerKernel(Linux linux, Path root, Interfaces.Way way) {
    this.linux = linux;
    this.root = root;
    this.way = way;
    objects = new LoadedObjects(linux, FormerKernel::object);
    for (Map.Entry<String, String> map : Abi.MAPS.entrySet()) {
      if (objects.has(map.getKey())) {
        Path pin = pin(map.getKey());
        Pins.directory(pin.getParent());
        objects.map(map.getKey()).pin(pin);
      }
    }
  }

  Path pin(String map) {
    String group = Abi.MAPS.get(map);
    return root.resolve("maps").resolve(group + "-" + GROUPS.get(group)).resolve(map);
  }

  private static byte[] object(String name) {
    try (InputStream in =
        FormerKernel.class.getResourceAsStream("/abi/former/" + name + ".bpf.o")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public BpfMap map(String name) {
    return switch (name) {
      case "endpoints" -> writing(objects.map(name), FormerKernel::withoutIfindex);
      case "addresses" -> writing(objects.map(name), FormerKernel::ifindex);
      default -> objects.map(name);
    };
  }

  private static byte[] withoutIfindex(byte[] endpoint) {
    byte[] former = Arrays.copyOf(endpoint, endpoint.length - Integer.BYTES);
    System.arraycopy(
        endpoint, IFINDEX_AT + Integer.BYTES, former, IFINDEX_AT, former.length - IFINDEX_AT);
    return former;
  }

  private static byte[] ifindex(byte[] endpoint) {
    return Arrays.copyOfRange(endpoint, IFINDEX_AT, IFINDEX_AT + Integer.BYTES);
  }

  /** The map, whose values are made others before they are written. */
  private static BpfMap writing(BpfMap map, UnaryOperator<byte[]> made) {
    return (BpfMap)
        Proxy.newProxyInstance(
            BpfMap.class.getClassLoader(),
            new Class<?>[] {BpfMap.class},
            (self, method, arguments) -> {
              Object[] all = arguments;
              if (method.getName().equals("update")) {
                all = new Object[] {arguments[0], made.apply((byte[]) arguments[1])};
              }
              try {
                return method.invoke(map, all);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public void attach(int ifindex, String device) {
    attach("interfaces", 1, ifindex, "from_pod", "to_pod");
  }

  @Override
  public void attachUplink(int ifindex) {
    attach("uplinks", 87, ifindex, "from_uplink", "to_uplink");
  }

  private void attach(String directory, int priority, int ifindex, String ingress, String egress) {
    for (String name : List.of(ingress, egress)) {
      boolean in = name.equals(ingress);
      String prefix = way == Interfaces.Way.TCX ? "/tcx-" : "/clsact-";
      Path pin = root.resolve(directory + prefix + ifindex).resolve(name);
      Pins.directory(pin.getParent());
      if (way == Interfaces.Way.TCX) {
        AttachType type = in ? AttachType.TCX_INGRESS : AttachType.TCX_EGRESS;
        try (BpfLink link = linux.bpf().attachToInterface(objects.program(name), ifindex, type)) {
          link.pin(pin);
        }
      } else {
        linux.bpf().attachToClsact(objects.program(name), new ClsactHook(ifindex, in, 1, priority));
        objects.program(name).pin(pin);
      }
    }
  }

  @Override
  public void detach(int ifindex) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void detachUplink(int ifindex) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    objects.close();
  }
}
