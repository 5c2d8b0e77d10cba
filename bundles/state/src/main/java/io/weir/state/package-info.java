/**
 * Tables, settings, state files, the clock and the hand-over of descriptors: what outlives the
 * bundles that use it. {@link io.weir.state.TableStore} is the heart.
 */
package io.weir.state;
