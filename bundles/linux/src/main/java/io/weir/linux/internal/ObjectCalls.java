package io.weir.linux.internal;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.weir.api.Problem;
import io.weir.linux.BpfMap;
import io.weir.linux.BpfObject;
import io.weir.linux.BpfProgram;
import io.weir.linux.Fd;
import io.weir.linux.LinuxException;
import io.weir.linux.MapInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** {@link BpfObject} by libbpf. */
final class ObjectCalls implements BpfObject {
  private static final int OPEN_OPTIONS_BYTES = 88;

  private final Gate gate;
  private final String name;
  private final Map<String, Pointer> maps;
  private final Map<String, Pointer> programs;
  private Pointer object;
  private boolean loaded;

  private ObjectCalls(Gate gate, String name, Pointer object) {
    this.gate = gate;
    this.name = name;
    this.object = object;
    maps = children(object, Libbpf::bpf_object__next_map, Libbpf::bpf_map__name);
    programs = children(object, Libbpf::bpf_object__next_program, Libbpf::bpf_program__name);
  }

  static ObjectCalls open(Gate gate, String name, byte[] elf) {
    try (Memory bytes = new Memory(Math.max(1, elf.length));
        Memory options = new Memory(OPEN_OPTIONS_BYTES);
        Memory label = new Memory(name.length() * 4L + 1)) {
      bytes.write(0, elf, 0, elf.length);
      label.setString(0, name, "UTF-8");
      options.clear();
      options.setLong(0, OPEN_OPTIONS_BYTES);
      options.setPointer(8, label);
      var opened =
          LibbpfLog.during(
              () -> {
                Pointer object = Libbpf.bpf_object__open_mem(bytes, elf.length, options);
                return object == null ? Native.getLastError() : object;
              });
      if (opened.result() instanceof Pointer object) {
        return new ObjectCalls(gate, name, object);
      }
      throw LoadProblems.of((Integer) opened.result(), name, opened.warnings());
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<String> maps() {
    return List.copyOf(maps.keySet());
  }

  @Override
  public List<String> programs() {
    return List.copyOf(programs.keySet());
  }

  @Override
  public String section(String program) {
    return call(() -> text(Libbpf.bpf_program__section_name(program(programs, program))));
  }

  @Override
  public int attachType(String program) {
    return call(() -> Libbpf.bpf_program__expected_attach_type(program(programs, program)));
  }

  @Override
  public MapInfo declared(String map) {
    return call(
        () -> {
          Pointer pointer = map(maps, map);
          return new MapInfo(
              0,
              map,
              Libbpf.bpf_map__type(pointer),
              Libbpf.bpf_map__key_size(pointer),
              Libbpf.bpf_map__value_size(pointer),
              Libbpf.bpf_map__max_entries(pointer),
              Libbpf.bpf_map__map_flags(pointer));
        });
  }

  @Override
  public String layout(String map) {
    return call(
        () -> {
          Pointer pointer = map(maps, map);
          return TypeText.of(
              Libbpf.bpf_object__btf(object),
              Libbpf.bpf_map__btf_key_type_id(pointer),
              Libbpf.bpf_map__btf_value_type_id(pointer));
        });
  }

  @Override
  public void reuse(String map, BpfMap existing) {
    call(
        () -> {
          int result = Libbpf.bpf_map__reuse_fd(map(maps, map), existing.fd().number());
          return Errors.check(result, name + ": map " + map + ": reuse");
        });
  }

  @Override
  public void maxEntries(String map, int entries) {
    call(
        () -> {
          int result = Libbpf.bpf_map__set_max_entries(map(maps, map), entries);
          return Errors.check(result, name + ": map " + map + ": " + entries + " entries");
        });
  }

  @Override
  public void set(String variable, byte[] value) {
    call(
        () -> {
          if (loaded) {
            throw new IllegalStateException(name + " is loaded: its constants stand");
          }
          var place = ConstantData.find(Libbpf.bpf_object__btf(object), variable);
          Pointer section = place == null ? null : maps.get(sectionOf(maps));
          if (place == null || section == null) {
            throw Problem.of(name, "a const volatile variable " + variable, "none").asException();
          }
          if (place.bytes() != value.length) {
            throw Problem.of(
                    name + ": " + variable, place.bytes() + " bytes", value.length + " bytes")
                .asException();
          }
          Pointer data = Libbpf.bpf_map__initial_value(section, new long[1]);
          data.write(place.offset(), value, 0, value.length);
          return 0;
        });
  }

  @Override
  public void skip(String program) {
    call(() -> Libbpf.bpf_program__set_autoload(program(programs, program), 0));
  }

  @Override
  public void load() {
    call(
        () -> {
          var done = LibbpfLog.during(() -> Libbpf.bpf_object__load(object));
          if (done.result() < 0) {
            throw LoadProblems.of(-done.result(), name, done.warnings());
          }
          loaded = true;
          return 0;
        });
  }

  @Override
  public BpfMap map(String map) {
    return call(() -> handOut(Libbpf.bpf_map__fd(map(maps, map)), map, MapCalls::new));
  }

  @Override
  public BpfProgram program(String program) {
    return call(
        () ->
            handOut(
                Libbpf.bpf_program__fd(program(programs, program)), program, ProgramCalls::new));
  }

  @Override
  public void close() {
    gate.enter();
    try {
      if (object != null) {
        Libbpf.bpf_object__close(object);
        object = null;
      }
    } finally {
      gate.leave();
    }
  }

  private <T> T handOut(int fd, String child, BiFunction<Gate, Integer, T> wrap) {
    if (fd < 0) {
      throw new IllegalStateException(name + ": " + child + " is not loaded");
    }
    try (Fd copy = Fds.duplicate(gate, fd, name + ": " + child)) {
      return wrap.apply(gate, copy.release());
    }
  }

  private <T> T call(Supplier<T> work) {
    gate.enter();
    try {
      if (object == null) {
        throw new IllegalStateException(name + " is closed");
      }
      return work.get();
    } finally {
      gate.leave();
    }
  }

  private Pointer map(Map<String, Pointer> among, String child) {
    return child(among, child, "map");
  }

  private Pointer program(Map<String, Pointer> among, String child) {
    return child(among, child, "program");
  }

  private Pointer child(Map<String, Pointer> among, String child, String kind) {
    Pointer pointer = among.get(child);
    if (pointer == null) {
      throw new LinuxException(
          LinuxException.ENOENT,
          Problem.of(name, "a " + kind + " " + child, String.join(", ", among.keySet())));
    }
    return pointer;
  }

  /** libbpf names the maps of data sections after the object: {@code pod.rodata}. */
  private static String sectionOf(Map<String, Pointer> maps) {
    return maps.keySet().stream().filter(map -> map.endsWith(".rodata")).findFirst().orElse("");
  }

  private static Map<String, Pointer> children(
      Pointer object,
      BiFunction<Pointer, Pointer, Pointer> next,
      Function<Pointer, Pointer> nameOf) {
    Map<String, Pointer> children = new LinkedHashMap<>();
    Pointer child = next.apply(object, null);
    while (child != null) {
      children.put(text(nameOf.apply(child)), child);
      child = next.apply(object, child);
    }
    return children;
  }

  private static String text(Pointer pointer) {
    return pointer.getString(0, "UTF-8");
  }
}
