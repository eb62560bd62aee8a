package io.redraft.model.train.stage;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.train.LongArrays;
import io.redraft.model.train.ParameterLayout;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.Mechanics;
import io.redraft.model.train.curriculum.Stage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which weights of a network learn in a stage, and which it reads without changing them. What
 * learns lies in one flat array, as in an end-to-end run ({@link
 * io.redraft.model.train.ParameterLayout}): embedding, head, the matrices of every executed block
 * or its adapters, what time conditioning adds, then all gains. Gradient, moments and average have
 * the same places, so that frozen weights cost none of them.
 *
 * <p>The last norm learns with the head. What time conditioning adds to embeddings, and the small
 * network behind its modulations, learn with the embedding; a block's modulations with the block.
 */
public final class StageLayout {
  /** Most weights that may learn at once: they lie in one array, on the host, too. */
  public static final int MOST = LongArrays.MOST;

  /** The matrices of a block, in the order of their places. */
  static final List<String> MATRICES =
      List.of(
          "self_attn.q_proj",
          "self_attn.k_proj",
          "self_attn.v_proj",
          "self_attn.o_proj",
          "mlp.gate_proj",
          "mlp.up_proj",
          "mlp.down_proj");

  static final String EMBEDDING = "model.embed_tokens.weight";
  static final String NORM = "model.norm.weight";
  static final String FINAL_MODULATION = "model.adaln.weight";
  static final String BEFORE_ATTENTION = "input_layernorm.weight";
  static final String BEFORE_FEED_FORWARD = "post_attention_layernorm.weight";
  static final String MODULATION = "adaln.weight";

  /**
   * A weight that learns.
   *
   * @param name standard name in a model's files; of an adapter, its matrix's with {@code lora_A}
   *     or {@code lora_B}
   * @param shape (rows, columns) of a matrix, (length) of a gain
   * @param offset place of its first element
   */
  public record Learned(String name, List<Long> shape, long offset) {
    /** Number of elements. */
    public long size() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }
  }

  private final Stage stage;
  private final NetworkConfig network;
  private final Map<String, long[]> shapes;
  private final Map<String, Learned> learned = new LinkedHashMap<>();
  private final Map<String, long[]> frozen = new LinkedHashMap<>();
  private final long decayed;
  private long size;

  /**
   * Lays out a stage.
   *
   * @throws InvalidInputException if the network has not the stage's blocks, or its embedding and
   *     head are one matrix that is to learn as one of them only
   */
  public StageLayout(Stage stage, NetworkConfig network) {
    this(stage, network, true);
  }

  private StageLayout(Stage stage, NetworkConfig network, boolean asked) {
    this.stage = stage;
    this.network = network;
    this.shapes = WeightLayout.of(network);
    if (!asked) {
      checkBlocks();
      addTrunk();
      this.decayed = 0;
      return;
    }
    check();
    if (!stage.mechanics().cached()) {
      add(EMBEDDING, stage.embeddings());
    }
    if (!network.tiedHead()) {
      add("lm_head.weight", stage.head());
    } else if (stage.mechanics().cached()) {
      add(EMBEDDING, false);
    }
    for (var block = stage.executed().from(); block < stage.executed().to(); block++) {
      addMatrices(block);
    }
    addTime();
    this.decayed = size;
    for (var block = stage.executed().from(); block < stage.executed().to(); block++) {
      var learns = stage.trained().contains(block);
      add(name(block, BEFORE_ATTENTION), learns);
      add(name(block, BEFORE_FEED_FORWARD), learns);
    }
    add(NORM, stage.head());
  }

  /** The first blocks of a network, of which nothing learns and nothing is asked. */
  static StageLayout trunk(NetworkConfig network, int blocks) {
    var executed = new BlockSpan(0, blocks);
    var none = new BlockSpan(blocks, blocks);
    var stage =
        new Stage(
            1,
            "trunk-" + blocks,
            Stage.Kind.APPEND,
            executed,
            none,
            false,
            true, // a stage has something that learns; it is not laid out
            0,
            1,
            1,
            Mechanics.PLAIN);
    return new StageLayout(stage, network, false);
  }

  private void addTrunk() {
    add(EMBEDDING, false);
    for (var name : shapes.keySet()) {
      var block = blockOf(name);
      if (block >= 0 && stage.executed().contains(block) || name.contains("time_embed.")) {
        add(name, false);
      }
    }
  }

  private void checkBlocks() {
    if (stage.executed().to() > network.layers()) {
      throw InvalidInputException.of(
          "stage " + stage.number(),
          "blocks " + stage.executed().from() + " to " + (stage.executed().to() - 1),
          "blocks 0 to " + (network.layers() - 1));
    }
  }

  private void check() {
    checkBlocks();
    if (network.tiedHead() && stage.embeddings() != stage.head()) {
      throw InvalidInputException.of(
          "stage " + stage.number(),
          stage.head() ? "a head that learns alone" : "an embedding that learns alone",
          "both or neither, where they are one matrix (tied_head)");
    }
    if (stage.mechanics().cached() && stage.mechanics().consistency() > 0) {
      throw InvalidInputException.of(
          "consistency", stage.mechanics().consistency(), "0 for a stage that reads a cache");
    }
    if (stage.mechanics().cached() && stage.executed().from() != stage.trained().from()) {
      throw InvalidInputException.of(
          "stage " + stage.number(),
          "blocks that execute from " + stage.executed().from(),
          "from " + stage.trained().from() + ", the first that learns, behind a cache");
    }
  }

  private void addMatrices(int block) {
    var learns = stage.trained().contains(block);
    var rank = stage.mechanics().adapterRank();
    for (var matrix : MATRICES) {
      var seeded = stage.mechanics().frozenUpProjection() && matrix.equals("mlp.up_proj");
      add(name(block, matrix + ".weight"), learns && !seeded);
    }
    if (!learns && rank > 0) {
      for (var matrix : MATRICES) {
        var shape = shapes.get(name(block, matrix + ".weight"));
        learn(adapter(block, matrix, 'A'), rank, shape[1]);
        learn(adapter(block, matrix, 'B'), shape[0], rank);
      }
    }
  }

  private void addTime() {
    for (var name : network.time().weights(network.width(), network.layers()).keySet()) {
      var block = blockOf(name);
      if (block >= 0) {
        if (stage.executed().contains(block)) {
          add(name, stage.trained().contains(block));
        }
      } else if (name.equals(FINAL_MODULATION)) {
        add(name, stage.head());
      } else if (!stage.mechanics().cached()
          || network.time().kind() == TimeConditioning.Kind.ADALN) {
        add(name, stage.embeddings());
      }
    }
  }

  private void add(String name, boolean learns) {
    if (learns) {
      learn(name, shapes.get(name));
    } else {
      frozen.put(name, shapes.get(name));
    }
  }

  private void learn(String name, long... shape) {
    var weight = new Learned(name, Arrays.stream(shape).boxed().toList(), size);
    learned.put(name, weight);
    size = Math.addExact(size, weight.size());
  }

  /** The standard name of a block's weight. */
  static String name(int block, String weight) {
    return "model.layers." + block + "." + weight;
  }

  /** The name of one of the two matrices of a block's adapter. */
  static String adapter(int block, String matrix, char part) {
    return name(block, matrix + ".lora_" + part + ".weight");
  }

  /** The block that a weight belongs to, or -1. */
  static int blockOf(String name) {
    return name.startsWith("model.layers.") ? Integer.parseInt(name.split("\\.")[2]) : -1;
  }

  /** The stage that is laid out. */
  public Stage stage() {
    return stage;
  }

  /** The whole network, of which the stage executes some blocks. */
  public NetworkConfig network() {
    return network;
  }

  /** Number of weights that learn. */
  public long size() {
    return size;
  }

  /**
   * The same, for an array.
   *
   * @throws InvalidInputException if more learns than an array holds
   */
  public int length() {
    if (size > MOST) {
      throw InvalidInputException.of(
          "stage " + stage.number(),
          size + " weights that learn",
          "at most " + MOST + "; train fewer blocks at a time");
    }
    return (int) size;
  }

  /** Number of weights that learn and that weight decay acts on; they come first. */
  public long decayed() {
    return decayed;
  }

  /** What learns, in the order of its places. */
  public List<Learned> learned() {
    return new ArrayList<>(learned.values());
  }

  /**
   * What learns, as files of checkpoints have it.
   *
   * @throws InvalidInputException if more learns than an array holds
   */
  public List<ParameterLayout.Parameter> parameters() {
    length();
    return learned.values().stream()
        .map(w -> new ParameterLayout.Parameter(w.name(), w.shape(), (int) w.offset()))
        .toList();
  }

  /** Names and shapes of what is read and does not learn. */
  public Map<String, long[]> frozen() {
    return new LinkedHashMap<>(frozen);
  }

  /** Names and shapes of the standard weights that the stage reads, whether they learn or not. */
  public Map<String, long[]> read() {
    Map<String, long[]> all = new LinkedHashMap<>(frozen);
    learned.keySet().stream()
        .filter(shapes::containsKey)
        .forEach(name -> all.put(name, shapes.get(name)));
    return all;
  }

  /** Place of a weight's first element among those that learn, or -1 if it does not. */
  public long place(String name) {
    return learned.containsKey(name) ? learned.get(name).offset() : -1;
  }

  /** The matrix that the head multiplies with. */
  String head() {
    return network.tiedHead() ? EMBEDDING : "lm_head.weight";
  }

  @Override
  public String toString() {
    return "%s: %d weights that learn, %s"
        .formatted(stage.name(), size, Choice.key(stage.mechanics().frozen()));
  }
}
