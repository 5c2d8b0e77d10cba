package io.weir.itests.guest;

import io.weir.itests.guest.BuiltObject.Symbol;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How deep a program's stack can get, read from its instructions. The kernel adds up the frames of
 * the deepest chain of calls, each rounded up to 32 bytes where it interprets, to less where it
 * compiles:
 *
 * <pre>
 *   from_pod ──► slow ──► decide ──► store
 *      56         24        24        80      kept: 64 + 32 + 32 + 96 = 224 of 512
 * </pre>
 *
 * A function that is handed to {@code bpf_loop} counts as called by the one that hands it over.
 */
final class Stack {
  private static final int ROUNDED_TO = 32;
  private static final int WORD = 8;

  /** What the kernel keeps on the stack of a function of which it unrolls the {@code bpf_loop}. */
  private static final int LOOP = 3 * WORD;

  private static final int BPF_LOOP = 181;
  private static final int FRAME = 10; // the register
  private static final int ARGUMENTS = 5; // the last register that a call may change
  private static final int INSTRUCTION = 8;

  // Operation codes (RFC 9669).
  private static final int CLASS = 7;
  private static final int LOAD = 1;
  private static final int STORE_NUMBER = 2;
  private static final int STORE = 3;
  private static final int COMPUTE = 4;
  private static final int COMPUTE_64 = 7;
  private static final int LOAD_64 = 0x18;
  private static final int MOVE = 0xbf;
  private static final int ADD_NUMBER = 0x07;
  private static final int CALL = 0x85;
  private static final int OF_THIS_OBJECT = 1; // BPF_PSEUDO_CALL

  /**
   * One function's part.
   *
   * @param bytes rounded up to 8
   * @param calls in the order of the first call of each
   */
  record Frame(String function, int bytes, Set<String> calls) {
    int kept() {
      return roundUp(Math.max(bytes, 1), ROUNDED_TO);
    }
  }

  /** The deepest calls that can be, the program first. */
  record Chain(List<Frame> frames) {
    int bytes() {
      return frames.stream().mapToInt(Frame::kept).sum();
    }

    @Override
    public String toString() {
      return frames.stream()
          .map(frame -> frame.function() + " " + frame.bytes())
          .collect(Collectors.joining(" > "));
    }
  }

  private final BuiltObject object;
  private final Map<String, Frame> frames = new HashMap<>();
  private final Map<List<Integer>, String> places = new HashMap<>();

  private Stack(BuiltObject object) {
    this.object = object;
    List<Symbol> functions = object.functions();
    functions.forEach(
        function -> places.put(List.of(function.section(), function.value()), function.name()));
    functions.forEach(function -> frames.put(function.name(), read(function)));
  }

  static Stack of(BuiltObject object) {
    return new Stack(object);
  }

  Chain deepest(String function) {
    Frame frame = frames.get(function);
    List<Frame> below = List.of();
    for (String called : frame.calls()) {
      Chain chain = deepest(called);
      if (chain.bytes() > new Chain(below).bytes()) {
        below = chain.frames();
      }
    }
    List<Frame> all = new ArrayList<>(List.of(frame));
    all.addAll(below);
    return new Chain(all);
  }

  /** The frames of a program and of all that it calls, in the order in which libbpf puts them. */
  List<Frame> all(String program) {
    Map<String, Frame> found = new LinkedHashMap<>();
    collect(program, found);
    return List.copyOf(found.values());
  }

  private void collect(String function, Map<String, Frame> found) {
    Frame frame = frames.get(function);
    if (found.putIfAbsent(function, frame) == null) {
      frame.calls().forEach(called -> collect(called, found));
    }
  }

  /** The lowest byte that is touched, or that a pointer is made to. */
  private Frame read(Symbol function) {
    ByteBuffer code = object.code(function);
    Map<Integer, Symbol> references = object.references(function.section());
    Set<String> calls = new LinkedHashSet<>();
    boolean[] ofFrame = new boolean[FRAME + 1];
    ofFrame[FRAME] = true;
    int lowest = 0;
    boolean loops = false;
    for (int at = 0; at < code.limit(); at += INSTRUCTION) {
      int operation = code.get(at) & 0xff;
      int to = code.get(at + 1) & 15;
      int from = code.get(at + 1) >> 4 & 15;
      int number = code.getInt(at + 4);
      Symbol referred = references.get(function.value() + at);
      if (operation == LOAD_64) {
        if (referred != null) {
          calls.add(functionAt(function, referred, number));
        }
        ofFrame[to] = false;
        at += INSTRUCTION;
      } else if (operation == CALL) {
        if (from == OF_THIS_OBJECT) {
          int place = (number + 1) * INSTRUCTION + (referred == null ? function.value() + at : 0);
          calls.add(functionAt(function, referred, place));
        }
        loops |= from == 0 && number == BPF_LOOP;
        Arrays.fill(ofFrame, 0, ARGUMENTS + 1, false);
      } else if (operation == MOVE) {
        ofFrame[to] = ofFrame[from];
      } else if (operation == ADD_NUMBER) {
        lowest = ofFrame[to] ? Math.min(lowest, number) : lowest;
      } else {
        int kind = operation & CLASS;
        boolean writes = kind == STORE || kind == STORE_NUMBER;
        if (writes ? to == FRAME : kind == LOAD && from == FRAME) {
          lowest = Math.min(lowest, code.getShort(at + 2));
        }
        if (kind == LOAD || kind == COMPUTE || kind == COMPUTE_64) {
          ofFrame[to] = false;
        }
      }
    }
    return new Frame(function.name(), roundUp(-lowest, WORD) + (loops ? LOOP : 0), calls);
  }

  /** By a relocation, or from the place of the call alone, where both are of one section. */
  private String functionAt(Symbol caller, Symbol referred, int place) {
    List<Integer> where =
        referred == null
            ? List.of(caller.section(), place)
            : List.of(referred.section(), referred.value() + place);
    String name = places.get(where);
    if (name == null) {
      throw new IllegalArgumentException(
          "%s: expected a function at byte %d of section %d"
              .formatted(caller.name(), where.get(1), where.get(0)));
    }
    return name;
  }

  private static int roundUp(int bytes, int to) {
    return (bytes + to - 1) / to * to;
  }
}
