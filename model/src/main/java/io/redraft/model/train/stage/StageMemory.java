package io.redraft.model.train.stage;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.curriculum.Stage;

/**
 * What a stage takes of a device's memory, in bytes, by formulas: a pure function of shapes, which
 * knows neither the allocator's blocks nor the library's own context. Let n be the number of
 * weights that learn, s the bytes of a number that is computed in.
 *
 * <p>Activations count what is recorded for the backward pass: 4D + 2HE + 2KE + 4F numbers a token
 * and block that learns, 2D + 2HE + 2KE + 3F where only the gradient of the input passes, D where a
 * block is computed again, nothing below the lowest weight that learns; beside them the copies of
 * matrices with a norm's gain folded in, and what one block needs while it works.
 *
 * @param parameters weights that the stage reads, its adapters included
 * @param trainedParameters n
 * @param trainedWeights masters of 4n, and a copy of s·n where fewer bits are computed in
 * @param frozenWeights s a weight; 1 + 1/16 or 1/2 + 1/16 where blocks are quantised
 * @param gradient 4n for the sum, and what a micro-batch's gradient takes until it is added
 * @param moments 8n for AdamW's two
 * @param average 4n
 * @param activations what the backward pass needs, for one micro-batch
 * @param head logits of as many rows as exist at a time, and what stands before the head
 */
public record StageMemory(
    long parameters,
    long trainedParameters,
    long trainedWeights,
    long frozenWeights,
    long gradient,
    long moments,
    long average,
    long activations,
    long head) {
  /** Logits that exist at a time on a GPU, as {@link io.redraft.model.train.Numerics} has it. */
  private static final long LOGITS = 1L << 26;

  private static final long LEAST_ROWS = 256;

  /** Bytes of a logit: as computed, its probability, its gradient, and that as computed in. */
  private static final long LOGIT_FLOATS = 8;

  /** All of it. */
  public long total() {
    return trainedWeights + frozenWeights + gradient + moments + average + activations + head;
  }

  /**
   * A stage's memory.
   *
   * @param batch sequences of a micro-batch
   * @param tokens places of a sequence; two copies count twice
   * @param compute number format that is computed in
   */
  public static StageMemory of(
      Stage stage, NetworkConfig network, int batch, int tokens, ComputeType compute) {
    var layout = new StageLayout(stage, network);
    var bytes = new Bytes(layout, (long) batch * tokens, compute == ComputeType.BFLOAT16 ? 2 : 4);
    var trained = layout.size();
    return new StageMemory(
        trained + layout.frozen().values().stream().mapToLong(TensorView::elementsOf).sum(),
        trained,
        4 * trained + (bytes.number < 4 || bytes.copied() ? bytes.number * trained : 0),
        bytes.frozenWeights(),
        4 * trained + bytes.passingGradient(),
        8 * trained,
        4 * trained,
        bytes.activations(),
        bytes.head());
  }

  /** The parts that need more than n. */
  private record Bytes(StageLayout layout, long places, long number) {
    private Stage stage() {
      return layout.stage();
    }

    private NetworkConfig network() {
      return layout.network();
    }

    private boolean quantized() {
      return stage().mechanics().frozen() != FrozenStorage.COMPUTE;
    }

    /** Whether masters are changed on their way to the products. */
    private boolean copied() {
      return stage().mechanics().spectralNorm() && stage().trained().size() > 0;
    }

    private long frozenWeights() {
      var sum = 0L;
      for (var weight : layout.frozen().entrySet()) {
        var block = StageLayout.blockOf(weight.getKey());
        var elements = TensorView.elementsOf(weight.getValue());
        var packed =
            quantized()
                && block >= 0
                && !stage().trained().contains(block)
                && weight.getKey().contains("_proj.");
        sum +=
            packed
                ? QuantizedMatrix.bytes(elements, stage().mechanics().frozen())
                : number * elements;
      }
      return sum;
    }

    /** Gradients of a micro-batch in the format that is computed in, and the largest on its way. */
    private long passingGradient() {
      var n = network();
      var table = layout.place(StageLayout.EMBEDDING) >= 0 || layout.place(layout.head()) >= 0;
      var widest = stage().trained().size() > 0 ? 2L * n.feedForwardWidth() * n.width() : 0;
      var blocks =
          layout.learned().stream()
              .filter(weight -> StageLayout.blockOf(weight.name()) >= 0)
              .mapToLong(StageLayout.Learned::size)
              .sum();
      var embedding = table ? 4L * n.vocabularySize() * n.width() : 0;
      return Math.max(number * (blocks + 2 * widest), embedding);
    }

    private long activations() {
      var n = network();
      var width = (long) n.width();
      var attention = 2L * (n.heads() + n.keyValueHeads()) * n.headWidth();
      var inner = (long) n.feedForwardWidth();
      var learning = 4 * width + attention + 4 * inner;
      var passing = 2 * width + attention + 3 * inner;
      var recorded = 3 * width; // embedded, last, normed
      for (var b = stage().executed().from(); b < stage().executed().to(); b++) {
        if (stage().trained().contains(b)) {
          recorded += learning;
        } else if (b >= stage().lowest()) {
          recorded +=
              stage().mechanics().adapterRank() == 0 ? passing : quantized() ? width : learning;
        }
      }
      return number * (places * (recorded + learning) + folded());
    }

    /**
     * Copies of matrices: with gains folded in, of every block that learns; dequantised, of one.
     */
    private long folded() {
      var n = network();
      var width = (long) n.width();
      var pairs = (long) (n.heads() + n.keyValueHeads()) * n.headWidth() * width;
      var values = (long) n.keyValueHeads() * n.headWidth() * width;
      var output = (long) n.heads() * n.headWidth() * width;
      var inner = (long) n.feedForwardWidth() * width;
      var perBlock = 2 * pairs + values + 2 * inner;
      var all = stage().trained().size() * perBlock;
      // A matrix on its way: whole numbers of it in two formats, or its codes as places and values.
      var nf4 = stage().mechanics().frozen() == FrozenStorage.NF4;
      var onItsWay = nf4 ? Math.max(3, 8 / number) : 3;
      return quantized() ? all + perBlock + pairs + values + output + onItsWay * inner : all;
    }

    private long head() {
      var vocabulary = (long) network().vocabularySize();
      var chunk = Math.max(LEAST_ROWS, LOGITS / vocabulary / LEAST_ROWS * LEAST_ROWS);
      var logits = Math.min(chunk, places) * vocabulary * (LOGIT_FLOATS + 2 * number);
      var matrix = layout.place(layout.head()) >= 0 ? number * vocabulary * network().width() : 0;
      return logits + matrix + number * 2 * places * network().width();
    }
  }
}
