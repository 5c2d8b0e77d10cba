/**
 * Clusters on one machine: a node is a network namespace with an engine of its own, a pod is a
 * namespace behind it, made by the same CNI plugin that a container runtime calls. A plain program,
 * no bundle's activator: {@code weir lab} runs {@link io.weir.lab.Main}.
 */
package io.weir.lab;
