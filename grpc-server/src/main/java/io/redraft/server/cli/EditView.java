package io.redraft.server.cli;

import io.redraft.server.watch.Cell;
import java.io.IOException;
import java.util.List;

/**
 * What a user of {@code --edit} sees, and where lines are typed. Events come from one thread, all
 * else from another.
 */
interface EditView extends EventSink {
  /** The next line; waits for it. Null when there is none any more. */
  String readLine() throws IOException;

  /** Tells why a line did nothing. */
  void complain(String problem);

  /** Tells every position. */
  void show(List<Cell> cells);
}
