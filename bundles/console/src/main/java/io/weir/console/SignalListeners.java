package io.weir.console;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.console.Signal;
import org.apache.karaf.shell.api.console.SignalListener;

/** Who wants to hear of the signals of one terminal. */
final class SignalListeners {
  private final Map<Signal, List<SignalListener>> listeners = new EnumMap<>(Signal.class);

  synchronized void add(SignalListener listener, Collection<Signal> signals) {
    for (Signal signal : signals) {
      listeners.computeIfAbsent(signal, key -> new ArrayList<>()).add(listener);
    }
  }

  synchronized void remove(SignalListener listener) {
    listeners.values().forEach(registered -> registered.remove(listener));
  }

  void raise(String name) {
    Signal signal = Signal.valueOf(name);
    List<SignalListener> told;
    synchronized (this) {
      told = List.copyOf(listeners.getOrDefault(signal, List.of()));
    }
    told.forEach(listener -> listener.signal(signal));
  }
}
