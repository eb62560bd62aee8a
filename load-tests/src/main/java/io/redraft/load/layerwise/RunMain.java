package io.redraft.load.layerwise;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.TrainingHaltedException;
import java.io.IOException;

/**
 * The process of one run: {@code args[0]} is a {@link RunRequest} as JSON. Its standard output has
 * lines that begin with {@link #PROGRESS}, and at the end one that begins with {@link #RESULT} and
 * goes on with a {@link RunResult} as JSON. It ends when its standard input does, so that it does
 * not outlive whoever started it.
 */
final class RunMain {
  static final String PROGRESS = "progress: ";
  static final String RESULT = "result: ";

  /** Exit status of a refusal, which is a line on the standard error. */
  static final int REFUSED = 2;

  private RunMain() {}

  /** Trains a run. */
  public static void main(String[] args) throws Exception {
    dieWithStarter();
    var json = new ObjectMapper();
    try {
      var request = json.readValue(args[0], RunRequest.class);
      var result = TrainedRun.of(request.settings(), line -> System.out.println(PROGRESS + line));
      System.out.println(RESULT + json.writeValueAsString(result));
      System.out.flush();
      System.exit(0);
    } catch (InvalidInputException | TrainingHaltedException e) {
      System.err.println(e.getMessage());
      System.exit(REFUSED);
    }
  }

  private static void dieWithStarter() {
    var watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // nothing is told in this way
                }
              } catch (IOException gone) {
                // as if it had ended
              }
              Runtime.getRuntime().halt(1);
            },
            "starter");
    watch.setDaemon(true);
    watch.start();
  }
}
