package io.redraft.cluster;

/**
 * Where and in which numbers a node computes; both as users write them.
 *
 * @param name {@code cpu}, {@code gpu0}, {@code gpu1} and so on
 * @param computeType {@code float32}, {@code bfloat16} or {@code auto}
 */
public record DeviceSettings(String name, String computeType) {}
