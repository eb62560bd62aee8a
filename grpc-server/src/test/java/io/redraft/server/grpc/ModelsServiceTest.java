package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.proto.v1.GetModelRequest;
import io.redraft.proto.v1.ListModelsRequest;
import io.redraft.proto.v1.ModelsGrpc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ModelsServiceTest {
  @Test
  void modelsTellTheirShape() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var models = ModelsGrpc.newBlockingStub(node.channel);
      var listed = models.listModels(ListModelsRequest.getDefaultInstance()).getModelsList();
      assertThat(listed).hasSize(1);
      assertThat(listed.get(0).getContextLength()).isEqualTo(512);
      assertThat(DecodingReader.read(listed.get(0).getDecoding(), DecodeOptions.DEFAULTS))
          .isEqualTo(DecodeOptions.DEFAULTS);
      var named = GetModelRequest.newBuilder().setName("alphabet").build();
      assertThat(models.getModel(named)).isEqualTo(listed.get(0));
      var missing =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () -> models.getModel(GetModelRequest.newBuilder().setName("x").build()));
      assertThat(missing.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }
  }
}
