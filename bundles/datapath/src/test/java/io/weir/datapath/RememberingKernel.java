package io.weir.datapath;

import java.util.HashSet;
import java.util.Set;

/** Nothing is attached: it only remembers what was to be. */
abstract class RememberingKernel implements Kernel {
  private final Set<Integer> attached = new HashSet<>();
  private final Set<Integer> uplinks = new HashSet<>();

  @Override
  public void attach(int ifindex, String device) {
    attached.add(ifindex);
  }

  @Override
  public void detach(int ifindex) {
    attached.remove(ifindex);
  }

  @Override
  public Set<Integer> attached() {
    return Set.copyOf(attached);
  }

  @Override
  public void attachUplink(int ifindex) {
    uplinks.add(ifindex);
  }

  @Override
  public void detachUplink(int ifindex) {
    uplinks.remove(ifindex);
  }

  @Override
  public Set<Integer> uplinks() {
    return Set.copyOf(uplinks);
  }

  @Override
  public void attachSockets(String cgroupRoot) {}

  @Override
  public boolean otherAbi() {
    return false;
  }

  @Override
  public void tidy() {}
}
