/**
 * The Transformer written as a chain of the tensor library's own array calls, as one writes it
 * without kernels: what {@link io.redraft.model.nn} is measured against. Start at {@link
 * io.redraft.model.baseline.ComposedTransformer}. Nothing that serves or trains depends on it.
 */
package io.redraft.model.baseline;
