/**
 * The rows that bundles exchange, one record a table, and {@link io.weir.api.row.WeirTables}, which
 * names the tables and says who writes them.
 */
@Export
@Version("1.2.0")
package io.weir.api.row;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
