package io.redraft.model.checkpoint;

import io.redraft.model.InvalidInputException;
import io.redraft.model.files.AtomicFiles;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorOutput;
import io.redraft.model.safetensors.TensorType;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.text.Llama2cVocabulary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.IntUnaryOperator;

/**
 * Turns a checkpoint of <a href="https://github.com/karpathy/llama2.c">llama2.c</a> (its first
 * format, float32) into a model folder. The file holds each kind of weight for all layers in turn.
 * Its rotary embedding turns neighbouring elements of a head; ours turns an element and the one
 * half a head further, so query and key rows change places: row 2j of a head becomes row j, and row
 * 2j+1 becomes row j + half.
 */
public final class Llama2cImport {
  private final FileChannel channel;
  private final Llama2cHeader header;
  private final DoubleConsumer progress;
  private final List<TensorOutput> tensors = new ArrayList<>();
  private long at = Llama2cHeader.BYTES;

  private Llama2cImport(FileChannel channel, Llama2cHeader header, DoubleConsumer progress) {
    this.channel = channel;
    this.header = header;
    this.progress = progress;
  }

  /**
   * Imports a checkpoint and its tokenizer.
   *
   * @param checkpoint the weights ({@code stories15M.bin})
   * @param tokenizer the vocabulary in llama2.c's form ({@code tokenizer.bin})
   * @param folder where the model is written; must not be there yet
   * @param progress told after every weight how much of the whole is written, 0 to 1
   * @throws InvalidInputException if a file is missing, cut short or says what is not so
   */
  public static void run(Path checkpoint, Path tokenizer, Path folder, DoubleConsumer progress)
      throws IOException {
    String file = checkpoint.toString();
    requireFile(checkpoint, "a llama2.c checkpoint");
    requireFile(tokenizer, "a llama2.c tokenizer");
    try (FileChannel channel = FileChannel.open(checkpoint, StandardOpenOption.READ)) {
      Llama2cHeader header = readHeader(file, channel);
      NetworkConfig config = header.config(file);
      Llama2cVocabulary vocabulary =
          Llama2cVocabulary.parse(
              tokenizer.toString(), Files.readAllBytes(tokenizer), config.vocabularySize());
      List<TensorOutput> tensors = new Llama2cImport(channel, header, progress).tensors();
      ModelFolder.write(
          folder,
          new ModelContent(
              config,
              vocabulary.toJson(),
              tensors,
              Map.of("source", "llama2.c"),
              card(checkpoint)));
    }
  }

  private static String card(Path checkpoint) {
    return """
        # %s

        A causal language model, imported from a llama2.c checkpoint of this name. Its data and its
        licence are those of the checkpoint.
        """
        .formatted(checkpoint.getFileName());
  }

  private static void requireFile(Path path, String what) {
    if (!Files.isRegularFile(path)) {
      throw InvalidInputException.of(
          path.toString(), Files.isDirectory(path) ? "a folder" : "missing", what);
    }
  }

  private static Llama2cHeader readHeader(String file, FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Llama2cHeader.BYTES);
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
      // reads on until the header is whole or the file ends
    }
    return Llama2cHeader.parse(file, bytes.flip(), channel.size());
  }

  /** All weights, in the order of the file. */
  private List<TensorOutput> tensors() {
    int width = header.width();
    int query = header.heads() * header.headWidth();
    int keyValue = header.keyValueHeads() * header.headWidth();
    int inner = header.feedForwardWidth();
    matrix("model.embed_tokens.weight", header.vocabularySize(), width);
    everyLayer("input_layernorm", layer -> vector(layer, width));
    everyLayer("self_attn.q_proj", layer -> rotated(layer, query));
    everyLayer("self_attn.k_proj", layer -> rotated(layer, keyValue));
    everyLayer("self_attn.v_proj", layer -> matrix(layer, keyValue, width));
    everyLayer("self_attn.o_proj", layer -> matrix(layer, width, query));
    everyLayer("post_attention_layernorm", layer -> vector(layer, width));
    everyLayer("mlp.gate_proj", layer -> matrix(layer, inner, width));
    everyLayer("mlp.down_proj", layer -> matrix(layer, width, inner));
    everyLayer("mlp.up_proj", layer -> matrix(layer, inner, width));
    vector("model.norm.weight", width);
    at += (long) header.contextLength() * header.headWidth() * Float.BYTES; // rotary tables
    if (!header.tiedHead()) {
      matrix("lm_head.weight", header.vocabularySize(), width);
    }
    return tensors;
  }

  private void everyLayer(String part, Consumer<String> weight) {
    for (int layer = 0; layer < header.layers(); layer++) {
      weight.accept("model.layers." + layer + "." + part + ".weight");
    }
  }

  private void vector(String name, int length) {
    add(name, new long[] {length}, length, row -> row);
  }

  private void matrix(String name, int rows, int columns) {
    add(name, new long[] {rows, columns}, columns, row -> row);
  }

  private void rotated(String name, int rows) {
    int half = header.headWidth() / 2;
    add(
        name,
        new long[] {rows, header.width()},
        header.width(),
        row -> {
          int inHead = row % header.headWidth();
          int head = row - inHead;
          return inHead < half ? head + 2 * inHead : head + 2 * (inHead - half) + 1;
        });
  }

  /** Adds a weight whose row r is row {@code source(r)} of the file. */
  private void add(String name, long[] shape, int rowLength, IntUnaryOperator source) {
    long start = at;
    long rows = TensorView.elementsOf(shape) / rowLength;
    long rowBytes = (long) rowLength * Float.BYTES;
    tensors.add(
        new TensorOutput(
            name,
            TensorType.F32,
            shape,
            target -> {
              ByteBuffer row = ByteBuffer.allocate((int) rowBytes).order(ByteOrder.LITTLE_ENDIAN);
              for (int i = 0; i < rows; i++) {
                row.clear();
                long from = start + source.applyAsInt(i) * rowBytes;
                while (row.hasRemaining()) {
                  if (channel.read(row, from + row.position()) < 0) {
                    throw new IOException("the checkpoint shrank while it was read");
                  }
                }
                AtomicFiles.writeFully(target, row.flip());
              }
              progress.accept((start + rows * rowBytes) / (double) channel.size());
            }));
    at += rows * rowBytes;
  }
}
