/**
 * Tensors and the kernels that compute on them: TorchScript sources under {@code kernels/}, packed
 * into one archive, loaded once a device and called method by method. Start at {@link
 * io.redraft.model.tensor.Kernels}. All native calls of a device are made by the one thread that
 * owns it, and half-precision tensors are opaque outside kernels.
 */
package io.redraft.model.tensor;
