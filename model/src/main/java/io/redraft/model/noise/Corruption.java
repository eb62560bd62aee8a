package io.redraft.model.noise;

/** What the network reads in the place of a token that noise has chosen. */
public sealed interface Corruption {
  /**
   * The token that is read instead.
   *
   * @param stream random stream of the sample, as {@link Masks#stream} has it
   * @param position place within the sample
   * @param token what stands there
   */
  int replacement(long stream, int position, int token);

  /** Whether the token stays and noise is added to its embedding. */
  default boolean noised(long stream, int position) {
    return false;
  }

  /** Id of the mask token, which a hidden condition is replaced with. */
  int mask();

  /** The mask, always: absorbing-state diffusion. */
  record Masking(int mask) implements Corruption {
    @Override
    public int replacement(long stream, int position, int token) {
      return mask;
    }
  }

  /**
   * Gaussian noise on the embedding, which is that of the mask instead at a share of the positions:
   * masks are what a canvas has where it is to be filled. At mask ratio r = 1 − α(t), √α · e + √(1
   * − α) · scale · s · ε is read, with s the root mean square of the embedding table.
   *
   * @param maskShare share of the positions that read the mask
   * @param scale what the noise is multiplied with (Chen 2023); 1 keeps the size of an embedding
   */
  record Gaussian(int mask, double maskShare, double scale) implements Corruption {
    @Override
    public int replacement(long stream, int position, int token) {
      return noised(stream, position) ? token : mask;
    }

    @Override
    public boolean noised(long stream, int position) {
      return CounterHash.unit(CounterHash.bits(stream, position, 1)) >= maskShare;
    }

    /** The factor of an embedding at a mask ratio. */
    public float signal(double maskRatio) {
      return (float) Math.sqrt(1 - maskRatio);
    }

    /** The factor of s · ε at a mask ratio. */
    public float amount(double maskRatio) {
      return (float) (scale * Math.sqrt(maskRatio));
    }
  }

  /**
   * BERT's mixture (Devlin et al. 2019, section 3.1): 80 % the mask, 10 % a random token, 10 % the
   * token itself.
   *
   * @param alphabet the tokens that a random one is drawn from, uniformly; at least one
   */
  record BertMixture(int mask, int[] alphabet) implements Corruption {
    private static final double MASKED = 0.8;
    private static final double RANDOM = 0.1;

    public BertMixture {
      if (alphabet.length == 0) {
        throw new IllegalArgumentException("no tokens to draw a random one from");
      }
    }

    @Override
    public int replacement(long stream, int position, int token) {
      var chance = CounterHash.unit(CounterHash.bits(stream, position, 1));
      if (chance < MASKED) {
        return mask;
      }
      if (chance < MASKED + RANDOM) {
        var place = CounterHash.unit(CounterHash.bits(stream, position, 2));
        return alphabet[(int) (place * alphabet.length)];
      }
      return token;
    }
  }
}
