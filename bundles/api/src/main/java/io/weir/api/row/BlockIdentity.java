package io.weir.api.row;

/**
 * An address block that some policy names.
 *
 * @param identity of scope {@link Identity#SCOPE_BLOCK}; its labels are those of the block and of
 *     every block around it
 */
public record BlockIdentity(Prefix prefix, int identity) {}
