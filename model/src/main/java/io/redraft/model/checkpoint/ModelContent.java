package io.redraft.model.checkpoint;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorOutput;
import java.util.List;
import java.util.Map;

/**
 * Everything that a model folder is written from.
 *
 * @param config shape of the network
 * @param tokenizerJson content of {@code tokenizer.json}
 * @param weights the tensors, named as {@link WeightLayout} names them
 * @param metadata free-form strings to store beside the weights
 * @param card content of {@code README.md}: what the model is, its data, licence and limits; empty
 *     for none
 */
public record ModelContent(
    NetworkConfig config,
    String tokenizerJson,
    List<TensorOutput> weights,
    Map<String, String> metadata,
    String card) {}
