package io.weir.datapath;

import io.weir.itests.testing.BpfBuild;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.Linux;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What {@code bpf/} was compiled to, loaded without a pin: the maps of {@code pod}, which {@code
 * sock} shares.
 */
final class LoadedObjects extends RememberingKernel {
  private final Function<String, byte[]> objects;
  private final BpfObject pod;
  private final BpfObject sock;
  private final BpfObject host;
  private final Map<String, BpfMap> maps = new HashMap<>();
  private final Map<String, BpfProgram> programs = new HashMap<>();

  LoadedObjects(Linux linux) {
    this(linux, BpfBuild::object);
  }

  /** Others than the build's. */
  LoadedObjects(Linux linux, Function<String, byte[]> objects) {
    this.objects = objects;
    pod = linux.bpf().open("pod", objects.apply("pod"));
    pod.load();
    sock = sharing(linux, "sock");
    host = sharing(linux, "host");
  }

  /** Another object, with the maps of {@code pod}. */
  private BpfObject sharing(Linux linux, String name) {
    BpfObject object = linux.bpf().open(name, objects.apply(name));
    for (String map : object.maps()) {
      if (!map.startsWith(".") && pod.maps().contains(map)) {
        object.reuse(map, map(map));
      }
    }
    object.load();
    return object;
  }

  /** Whether {@code pod} has a map of this name. */
  boolean has(String map) {
    return pod.maps().contains(map);
  }

  BpfProgram program(String name) {
    return programs.computeIfAbsent(
        name,
        key ->
            Stream.of(pod, host, sock)
                .filter(object -> object.programs().contains(key))
                .findFirst()
                .orElseThrow()
                .program(key));
  }

  List<String> socketPrograms() {
    return sock.programs();
  }

  int attachType(String socketProgram) {
    return sock.attachType(socketProgram);
  }

  @Override
  public BpfMap map(String name) {
    return maps.computeIfAbsent(
        name, key -> pod.maps().contains(key) ? pod.map(key) : sock.map(key));
  }

  /** Empties a hash. */
  void clear(String name) {
    List<byte[]> keys = new ArrayList<>();
    map(name).forEach((key, value) -> keys.add(key));
    keys.forEach(map(name)::delete);
  }

  private void keepCoverage(BpfObject object) {
    if (object.maps().contains(BpfBuild.COVERAGE)) {
      try (BpfMap counters = object.map(BpfBuild.COVERAGE)) {
        BpfBuild.keepCoverage(object.name(), counters.lookup(new byte[4]).orElseThrow());
      }
    }
  }

  @Override
  public void close() {
    keepCoverage(pod);
    keepCoverage(sock);
    keepCoverage(host);
    maps.values().forEach(BpfMap::close);
    programs.values().forEach(BpfProgram::close);
    sock.close();
    host.close();
    pod.close();
  }
}
