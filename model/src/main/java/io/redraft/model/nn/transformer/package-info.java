/**
 * The Transformer's forward passes behind the ports of {@code io.redraft.model.decode}. Start at
 * {@link io.redraft.model.nn.transformer.Networks}, which makes them from a model's files. Weights
 * and results live on one device and belong to the thread that owns it.
 */
package io.redraft.model.nn.transformer;
