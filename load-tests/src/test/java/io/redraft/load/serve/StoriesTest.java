package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.load.measure.Openings;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.Sampling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoriesTest {
  private static Stories stories(int length, String... openings) {
    return new Stories(List.of(openings), length, ServedTexts.BYTES, Sampling.GREEDY);
  }

  @Test
  void everyTextFillsItsCanvasAndHasASeedOfItsOwn() {
    var stories = stories(16, "One", "A dog");
    assertThat(stories.masks(0)).isEqualTo(13);
    assertThat(stories.masks(1)).isEqualTo(11);
    var third = stories.request(2, Way.oneByOne(4));
    assertThat(third.getSegments(0).getText()).isEqualTo("One");
    assertThat(third.getSegments(1).getMask()).isEqualTo(13);
    assertThat(third.getSeed()).isNotEqualTo(stories.request(0, Way.oneByOne(4)).getSeed());
  }

  @Test
  void openingsAreBuiltInOrTheLinesOfAFile(@TempDir Path folder) throws Exception {
    assertThat(Openings.of(Optional.empty())).hasSize(48).doesNotHaveDuplicates();
    var file = Files.writeString(folder.resolve("p"), "One \n\n Two\n");
    assertThat(Openings.of(Optional.of(file))).containsExactly("One", "Two");
    var empty = Files.writeString(folder.resolve("e"), "\n");
    for (Path wrong : List.of(empty, folder, folder.resolve("none"))) {
      assertThatThrownBy(() -> Openings.of(Optional.of(wrong)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("prompts is " + wrong);
    }
  }

  @Test
  void anOpeningThatLeavesNothingToWriteIsRefused() {
    assertThatThrownBy(() -> stories(5, "A dog"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("5 tokens; allowed: 1 to 4 tokens");
  }
}
