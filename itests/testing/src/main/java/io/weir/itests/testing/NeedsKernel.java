package io.weir.itests.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Skips the class or test, with a sentence that names what is missing, unless the kernel has all of
 * these: {@code bpffs}, {@code btf}, {@code cgroup2}, {@code tcx}, {@code lsm}, {@code kprobes}, or
 * a kind of link: {@code veth}, {@code geneve}, {@code wireguard}, {@code vxlan}, {@code dummy}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsKernelCondition.class)
public @interface NeedsKernel {
  String[] value();
}
