/**
 * System calls behind small interfaces: libbpf's objects, maps, programs and links; rings of
 * events; netlink; namespaces, cgroups, sysctls; and what the kernel has. {@link
 * io.weir.linux.Linux} leads to all of them, as a service or, in tests, by {@code Linux.open()}.
 *
 * <p>No buffer and no pointer crosses this package: bytes are copied. What the kernel refuses is a
 * {@link io.weir.linux.LinuxException}, whose message is a sentence.
 */
@Export
@Version("1.1.0")
package io.weir.linux;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
