package io.redraft.model.decode;

/**
 * One canvas's share of a forward pass.
 *
 * @param canvas token ids, masks included; length T
 * @param rows positions to read, ascending; only these reach the head. A row whose canvas holds a
 *     token instead of the mask is scored, not drawn: its candidate is that token, with the
 *     probability that the network gives it there
 * @param sampling how candidates are drawn
 * @param seed the request's seed
 * @param step the denoising step, counted from 0 over the whole request; with the seed and a
 *     position it fixes the noise
 * @param barredToken a token besides the mask that must not be drawn before {@code barredBefore},
 *     or -1; it counts as impossible (logit −∞), for the confidence too
 * @param barredBefore position from which {@code barredToken} may be drawn
 */
public record DenoiseTask(
    int[] canvas,
    int[] rows,
    Sampling sampling,
    long seed,
    int step,
    int barredToken,
    int barredBefore) {

  /** A task that bars no token but the mask. */
  public DenoiseTask(int[] canvas, int[] rows, Sampling sampling, long seed, int step) {
    this(canvas, rows, sampling, seed, step, -1, 0);
  }

  /** The token besides the mask that must not be drawn at a position, or -1. */
  public int barredAt(int position) {
    return position < barredBefore ? barredToken : -1;
  }
}
