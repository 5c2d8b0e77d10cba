/**
 * What every bundle may know: problems, settings, metrics, the clock, the hand-over of descriptors,
 * and verbs of the socket.
 */
@Export
@Version("1.0.0")
package io.weir.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
