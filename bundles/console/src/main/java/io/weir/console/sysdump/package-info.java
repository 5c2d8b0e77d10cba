/**
 * One archive of what there is to know of a node and its engine, without secrets. {@link
 * io.weir.console.sysdump.Sysdump} collects it, {@link io.weir.console.sysdump.Redaction} decides
 * what is left out.
 */
package io.weir.console.sysdump;
