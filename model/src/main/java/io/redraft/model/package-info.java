/**
 * What Redraft computes: networks, decoding rules, training and the files that hold them. Start at
 * {@link io.redraft.model.decode.Denoiser} for generation. Nothing below this package knows an
 * actor or a network.
 */
package io.redraft.model;
