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
