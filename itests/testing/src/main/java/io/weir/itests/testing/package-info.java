/** What tests share: conditions that skip by name, namespaces, directories of pins, cgroups. */
package io.weir.itests.testing;
