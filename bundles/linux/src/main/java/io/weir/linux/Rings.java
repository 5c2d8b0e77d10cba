package io.weir.linux;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Rings of events that programs of the kernel fill. */
@ProviderType
public interface Rings {
  /**
   * Begins to read rings, where their last reader stopped. A ring has one reader at a time; the
   * maps may be closed while it reads.
   *
   * @param rings maps of type {@link MapType#RINGBUF}
   */
  RingReader open(List<BpfMap> rings);
}
