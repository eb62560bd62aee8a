package io.redraft.server.grpc;

import io.grpc.stub.StreamObserver;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.proto.v1.GetModelRequest;
import io.redraft.proto.v1.ListModelsRequest;
import io.redraft.proto.v1.ListModelsResponse;
import io.redraft.proto.v1.ModelMetadata;
import io.redraft.proto.v1.ModelsGrpc;
import java.util.Optional;

/** {@code redraft.v1.Models}: the shape of the model that is served. */
public final class ModelsService extends ModelsGrpc.ModelsImplBase {
  private final ModelMetadata served;

  /**
   * A service that tells of one model.
   *
   * @param verifier name of the causal model beside it, if there is one
   */
  public ModelsService(ModelInfo model, Optional<String> verifier) {
    this.served = metadata(model, verifier);
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> answer) {
    answer.onNext(ListModelsResponse.newBuilder().addModels(served).build());
    answer.onCompleted();
  }

  @Override
  public void getModel(GetModelRequest request, StreamObserver<ModelMetadata> answer) {
    if (request.getName().equals(served.getName())) {
      answer.onNext(served);
      answer.onCompleted();
    } else {
      answer.onError(StatusTable.noSuchModel(request.getName(), served.getName()));
    }
  }

  private static ModelMetadata metadata(ModelInfo model, Optional<String> verifier) {
    var network = model.network();
    return ModelMetadata.newBuilder()
        .setName(model.name())
        .setAttention(DecodingWriter.attention(network.attention()))
        .setParameters(network.parameters())
        .setContextLength(network.contextLength())
        .setVocabularySize(network.vocabularySize())
        .setLayers(network.layers())
        .setWidth(network.width())
        .setHeads(network.heads())
        .setKeyValueHeads(network.keyValueHeads())
        .setComputeType(model.computeType())
        .setDecoding(DecodingWriter.write(model.decoding()))
        .setVerifier(verifier.orElse(""))
        .addAllAttentionBlocks(network.attentionBlocks())
        .addAllDepthRatios(network.depthRatios())
        .build();
  }
}
