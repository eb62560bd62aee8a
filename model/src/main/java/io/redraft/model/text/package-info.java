/**
 * Text to tokens and back, and the corpora that models are trained on. Start at {@link
 * io.redraft.model.text.Tokenizer}. Text is never mistaken for a special token.
 */
package io.redraft.model.text;
