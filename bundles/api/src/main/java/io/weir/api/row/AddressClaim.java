package io.weir.api.row;

/**
 * A wish for addresses. Taking the row away releases them.
 *
 * @param id of the attachment: container id, {@code /}, interface name
 */
public record AddressClaim(String id, String namespace, String pod) {}
