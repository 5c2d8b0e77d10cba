/**
 * The contract of tables: rows with a key, an owner and a revision, written in epochs and followed
 * in revision order. Every bundle is a function from tables to tables; {@code io.weir.state}
 * implements what is declared here.
 */
@Export
@Version("1.0.0")
package io.weir.api.table;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
