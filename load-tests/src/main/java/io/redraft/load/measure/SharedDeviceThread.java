package io.redraft.load.measure;

import com.typesafe.config.Config;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;

/**
 * The one thread that computes on this process's CPU, for as many servers as are measured beside
 * each other: what a dispatcher's {@code executor} may name.
 *
 * <p>Every thread that computes has a team of kernel threads of its own. Where these are more than
 * the cores, the kernels' library lets them sleep at the end of every parallel part instead of a
 * moment later, and waking one up costs more than many a part: on two cores a pass then takes half
 * as long again. A server by itself never pays that, so servers that are compared must not either.
 */
public final class SharedDeviceThread extends ExecutorServiceConfigurator {
  private static final ExecutorService THREAD =
      Executors.newSingleThreadExecutor(
          work -> {
            var thread = new Thread(work, "device");
            thread.setDaemon(true);
            return thread;
          });

  /** Called by Pekko. */
  public SharedDeviceThread(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
  }

  /** Computes something there, between what servers compute, and waits for it. */
  public static <T> T call(Callable<T> work) {
    var result =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return work.call();
              } catch (RuntimeException failed) {
                throw failed;
              } catch (Exception failed) {
                throw new CompletionException(failed);
              }
            },
            THREAD);
    try {
      return result.join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw failed;
    }
  }

  @Override
  public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory unused) {
    return View::new;
  }

  /** What one server has of the thread: it can end its use, not the thread. */
  private static final class View extends AbstractExecutorService {
    private volatile boolean ended;

    @Override
    public void execute(Runnable work) {
      THREAD.execute(work);
    }

    @Override
    public void shutdown() {
      ended = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      ended = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return ended;
    }

    @Override
    public boolean isTerminated() {
      return ended;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return ended;
    }
  }
}
