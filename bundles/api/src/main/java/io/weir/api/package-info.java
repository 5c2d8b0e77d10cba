/**
 * What every bundle may know: problems, settings, metrics, the clock, the hand-over of descriptors,
 * verbs of the socket, and checks of the kernel.
 */
@Export
@Version("1.2.0")
package io.weir.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
