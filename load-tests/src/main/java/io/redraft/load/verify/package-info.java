/**
 * What a verifier costs and gives: whether lossless texts equal the causal model's own and how much
 * sooner they come, and what repairs do to a text. Models are called directly, one text at a time,
 * so that nothing else is measured. The command is {@code redraft bench verify}.
 */
package io.redraft.load.verify;
