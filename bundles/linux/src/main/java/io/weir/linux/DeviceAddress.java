package io.weir.linux;

import io.weir.api.row.Address;

/**
 * An address of a device.
 *
 * @param length of the prefix that is reached by the device: 32 or 128 for none
 */
public record DeviceAddress(int ifindex, Address address, int length) {}
