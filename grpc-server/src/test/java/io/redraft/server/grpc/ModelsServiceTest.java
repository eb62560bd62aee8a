package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.proto.v1.AttentionMode;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.GetModelRequest;
import io.redraft.proto.v1.ListModelsRequest;
import io.redraft.proto.v1.ModelMetadata;
import io.redraft.proto.v1.ModelsGrpc;
import io.redraft.server.FolderLoader;
import io.redraft.server.TinyModels;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void modelsTellTheBlocksThatTheyAttendIn(@TempDir Path root) throws Exception {
    var both = told(TinyModels.attendingBothWays(root.resolve("both"), List.of(4, 8)));
    assertThat(both.getAttention()).isEqualTo(AttentionMode.ATTENTION_MODE_BIDIRECTIONAL);
    assertThat(both.getAttentionBlocksList()).containsExactly(4, 8);
    assertThat(both.getDecoding().getAttention())
        .isEqualTo(AttentionMode.ATTENTION_MODE_BIDIRECTIONAL);

    var only = told(TinyModels.blockCausal(root.resolve("only")));
    assertThat(only.getAttention()).isEqualTo(AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL);
    assertThat(only.getAttentionBlocksList()).containsExactly(8);
    assertThat(only.getDecoding().getAttention())
        .isEqualTo(AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL);
    assertThat(only.getDecoding().getBlock()).isEqualTo(8);
    assertThat(only.getDecoding().getCache()).isEqualTo(Cache.CACHE_PREFIX);

    assertThat(told(TinyModels.denoiser(root.resolve("plain"))).getAttentionBlocksList()).isEmpty();
  }

  private static ModelMetadata told(Path model) throws Exception {
    var folder = CompletableFuture.completedFuture(ModelFolder.open(model));
    try (var node = new Node(new FolderLoader(folder, Device.CPU, ComputeType.FLOAT32), 4, 0)) {
      return ModelsGrpc.newBlockingStub(node.channel)
          .listModels(ListModelsRequest.getDefaultInstance())
          .getModels(0);
    }
  }
}
