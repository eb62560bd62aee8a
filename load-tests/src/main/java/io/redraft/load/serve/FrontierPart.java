package io.redraft.load.serve;

import io.redraft.load.measure.JudgeModel;
import io.redraft.load.measure.Report;
import io.redraft.load.serve.Standard.Grade;
import io.redraft.model.decode.Sampling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Ways of decoding: speed and quality of the same texts, side by side. */
final class FrontierPart implements Part {
  private final FrontierOptions options;
  private final ServedModel model;
  private final Stories stories;
  private final Consumer<String> say;
  private Optional<Way> fastest = Optional.empty();

  FrontierPart(FrontierOptions options, ServedModel model, Stories stories, Consumer<String> say) {
    this.options = options;
    this.model = model;
    this.stories = stories;
    this.say = say;
    JudgeModel.folder(options.judge()); // what is wrong with it is told before texts are written
  }

  /** The fastest way whose texts are no worse than the first reference's, once it is measured. */
  Optional<Way> fastest() {
    return fastest;
  }

  @Override
  public boolean measure(ServerUnderTest server, Report report) throws Exception {
    var references = options.references(model.folder().decoding().block());
    try (var judge = Judge.open(options.judge())) {
      var frontier =
          new Frontier(server, stories, judge, options.all(references, model.folder().config()));
      int texts = options.texts();
      var results =
          frontier.measure(
              texts, text -> say.accept("frontier, text " + (text + 1) + " of " + texts));
      new FrontierReport(frontier, results, Standard.USUAL)
          .addTo(report, settings(texts), references);
      fastest =
          frontier.fastest(references.get(0), Standard.USUAL, List.of(Grade.EQUAL, Grade.NO_WORSE));
    }
    return true;
  }

  private Map<String, Object> settings(int texts) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("texts", texts);
    settings.put("length", stories.length());
    Sampling sampling = stories.sampling();
    settings.put("temperature", sampling.temperature());
    settings.put("topP", sampling.topP());
    settings.put("judge", options.judge().getFileName().toString());
    return settings;
  }
}
