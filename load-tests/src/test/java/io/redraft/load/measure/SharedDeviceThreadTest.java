package io.redraft.load.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class SharedDeviceThreadTest {
  private static java.util.concurrent.ExecutorService view() {
    return new SharedDeviceThread(null, null)
        .createExecutorServiceFactory("device", Executors.defaultThreadFactory())
        .createExecutorService();
  }

  @Test
  void computesForEveryServerOnOneThread() throws Exception {
    var one = view().submit(Thread::currentThread).get();
    var other = view().submit(Thread::currentThread).get();

    assertThat(other).isSameAs(one).isSameAs(SharedDeviceThread.call(Thread::currentThread));
  }

  @Test
  void goesOnWhenOneServerEnds() throws Exception {
    var ending = view();
    ending.shutdown();

    assertThat(ending.isTerminated()).isTrue();
    assertThat(view().submit(() -> 7).get()).isEqualTo(7);
  }

  @Test
  void handsOnWhatWorkThrows() {
    assertThatThrownBy(
            () ->
                SharedDeviceThread.call(
                    () -> {
                      throw new IllegalStateException("full");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("full");
  }
}
