/**
 * The rules by which masks become tokens, as pure functions over small arrays. Start at {@link
 * io.redraft.model.decode.DecodeState}, the denoising of one canvas as an immutable state machine.
 * No tensor library is needed to run or test anything here; {@link
 * io.redraft.model.decode.Denoiser} is the port behind which tensors begin.
 */
package io.redraft.model.decode;
