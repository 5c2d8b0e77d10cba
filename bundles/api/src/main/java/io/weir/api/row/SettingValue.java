package io.weir.api.row;

/**
 * A setting as it was written.
 *
 * @param source {@code etc/io.weir.cfg}, {@code ConfigMap/kube-system/cilium-config}
 */
public record SettingValue(String key, String text, String source) {}
