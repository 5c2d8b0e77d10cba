/**
 * {@code weir swap}: bundles are replaced, watched, and taken back where they do not do their work.
 * {@link io.weir.console.swap.Swap} decides, {@link io.weir.console.swap.SwapEngine} is what it
 * does it to.
 */
package io.weir.console.swap;
