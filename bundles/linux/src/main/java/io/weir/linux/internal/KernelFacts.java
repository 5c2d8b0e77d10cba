package io.weir.linux.internal;

import java.util.Set;

/**
 * What was found out about a kernel.
 *
 * @param release of uname
 * @param uid of this process
 * @param btf whether the kernel's types are there
 * @param mounts text of /proc/self/mounts
 * @param lsms text of /sys/kernel/security/lsm: names with commas
 * @param lockdown text of /sys/kernel/security/lockdown, the mode in force in brackets
 * @param programTypes numbers of {@code enum bpf_prog_type} that are taken
 * @param mapTypes numbers of {@code enum bpf_map_type} that are taken
 * @param tcx whether an interface takes links of tcx
 * @param kprobes whether there is a source of kprobe events
 * @param linkKinds kinds of network devices that can be made
 * @param nft whether the program nft is there
 */
record KernelFacts(
    String release,
    long uid,
    boolean btf,
    String mounts,
    String lsms,
    String lockdown,
    Set<Integer> programTypes,
    Set<Integer> mapTypes,
    boolean tcx,
    boolean kprobes,
    Set<String> linkKinds,
    boolean nft) {}
