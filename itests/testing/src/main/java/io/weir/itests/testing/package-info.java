/**
 * What tests share: conditions that skip by name, namespaces, directories of pins, cgroups,
 * objects.
 */
package io.weir.itests.testing;
