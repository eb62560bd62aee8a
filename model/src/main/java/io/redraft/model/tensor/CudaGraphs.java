package io.redraft.model.tensor;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Records what a thread launches on a GPU as {@link CudaGraph}s. A training step is a thousand
 * small launches; where one costs the host tens of microseconds, the device waits for the host, and
 * a replay, one launch, does not (docs/decisions/cuda-graphs.md).
 *
 * <p>PyTorch's own {@code at::cuda::CUDAGraph} does the work, because its allocator and its random
 * generator must know of a recording. It is a C++ class without a C interface or an operator, and
 * is called by its exported symbols; where a build of PyTorch lacks one of them, {@link #open}
 * returns nothing and everything is launched one by one, with the same results.
 */
public final class CudaGraphs {
  /** More than any version's object needs. */
  private static final int OBJECT_BYTES = 8192;

  /** {@code cudaStreamCaptureModeThreadLocal}. */
  private static final int THREAD_LOCAL = 1;

  /** {@code CU_STREAM_CAPTURE_STATUS_ACTIVE}: what is launched is being recorded. */
  private static final int RECORDING = 1;

  /** {@code CUDA_ERROR_NOT_READY}: work is in flight. */
  private static final int NOT_READY = 600;

  private static final String TYPE = "_ZN2at4cuda9CUDAGraph";

  /** A 16-byte value that C++ returns in two registers. */
  @FieldOrder({"first", "second"})
  public static final class Pair extends Structure implements Structure.ByValue {
    /** First eight bytes. */
    public long first;

    /** Last eight bytes. */
    public long second;
  }

  private static final ThreadLocal<Map<Device, Optional<CudaGraphs>>> OF_THREAD =
      ThreadLocal.withInitial(HashMap::new);

  private final Function construct;
  private final Function begin;
  private final Function end;
  private final Function replay;
  private final Function reset;
  private final Function pool;
  private final Function streamQuery;
  private final Function recordingStatus;
  private final Function abandon;
  private final Pointer stream;
  private Pair sharedPool;
  private int graphs;
  private boolean broken;

  private CudaGraphs(Device device) {
    var folder = Path.of(LibUtils.getLibtorchPath());
    var torch = NativeLibrary.getInstance(folder.resolve("libtorch_cuda.so").toString());
    var core = NativeLibrary.getInstance(folder.resolve("libc10_cuda.so").toString());
    var driver = NativeLibrary.getInstance("libcuda.so.1");
    this.construct = either(torch, TYPE + "C1Eb", TYPE + "C1Ev");
    this.begin = torch.getFunction(TYPE + "13capture_beginESt4pairIyyE21cudaStreamCaptureMode");
    this.end = torch.getFunction(TYPE + "11capture_endEv");
    this.replay = torch.getFunction(TYPE + "6replayEv");
    this.reset = torch.getFunction(TYPE + "5resetEv");
    this.pool = torch.getFunction(TYPE + "4poolEv");
    this.streamQuery = driver.getFunction("cuStreamQuery");
    this.recordingStatus = driver.getFunction("cuStreamIsCapturing");
    this.abandon = driver.getFunction("cuStreamEndCapture");
    // Recordings are of the thread's current device, which is the first one until it is told.
    succeeds(torch.getFunction("aoti_torch_create_cuda_guard"), device.gpu());
    // What was launched elsewhere before may be read from the new stream.
    driver.getFunction("cuCtxSynchronize").invokeInt(new Object[0]);
    // The default stream cannot be recorded.
    var fresh =
        (Pair)
            core.getFunction("_ZN3c104cuda17getStreamFromPoolEba")
                .invoke(Pair.class, new Object[] {0, (byte) device.gpu()});
    core.getFunction("_ZN3c104cuda20setCurrentCUDAStreamENS0_10CUDAStreamE")
        .invokeVoid(new Object[] {fresh.first, fresh.second});
    this.stream = succeeds(torch.getFunction("aoti_torch_get_current_cuda_stream"), device.gpu());
  }

  /** Calls a function of PyTorch's C interface that returns a handle. */
  private static Pointer succeeds(Function function, int gpu) {
    var handle = new PointerByReference();
    if (function.invokeInt(new Object[] {gpu, handle}) != 0) {
      throw new EngineException(function.getName() + " failed for gpu" + gpu);
    }
    return handle.getValue();
  }

  private static Function either(NativeLibrary library, String newer, String older) {
    try {
      return library.getFunction(newer);
    } catch (UnsatisfiedLinkError e) {
      return library.getFunction(older);
    }
  }

  /**
   * Puts what the calling thread launches on a device from now on on a stream of its own, which can
   * be recorded. All that a thread launches on a device is on one stream, so that whatever works on
   * the same tensors does so in order.
   *
   * @return the same for every call of a thread; nothing on the CPU, and where this build of
   *     PyTorch cannot be asked to record
   */
  static Optional<CudaGraphs> open(Device device) {
    return device.isGpu()
        ? OF_THREAD.get().computeIfAbsent(device, CudaGraphs::opened)
        : Optional.empty();
  }

  private static Optional<CudaGraphs> opened(Device device) {
    try {
      return Optional.of(new CudaGraphs(device));
    } catch (LinkageError e) { // a symbol is missing, or JNA cannot be used at all
      return Optional.empty();
    }
  }

  /**
   * Records what a piece of work launches, without running it. It must have run before, so that
   * nothing is set up in it for the first time, and it must not wait for the device.
   *
   * @throws EngineException what the work throws; nothing is recorded then. Where the work did what
   *     cannot be recorded, PyTorch is left in the middle of it, and {@link #broken} from then on
   */
  public CudaGraph record(Runnable work) {
    check();
    var graph = new Memory(OBJECT_BYTES);
    graph.clear();
    construct.invokeVoid(new Object[] {graph, 0});
    var first = sharedPool == null ? 0 : sharedPool.first;
    var second = sharedPool == null ? 0 : sharedPool.second;
    begin.invokeVoid(new Object[] {graph, first, second, THREAD_LOCAL});
    try {
      work.run();
    } catch (RuntimeException e) {
      giveUp(graph);
      throw e;
    }
    end.invokeVoid(new Object[] {graph});
    graphs++;
    if (sharedPool == null) {
      // Graphs that never run at the same time share the memory of what they compute in between.
      sharedPool = (Pair) pool.invoke(Pair.class, new Object[] {graph});
    }
    return new CudaGraph(this, graph);
  }

  /** Ends a recording whose work failed; only one that is still valid may be ended by PyTorch. */
  private void giveUp(Pointer graph) {
    var status = new IntByReference();
    recordingStatus.invokeInt(new Object[] {stream, status});
    if (status.getValue() == RECORDING) {
      end.invokeVoid(new Object[] {graph});
      reset.invokeVoid(new Object[] {graph});
    } else {
      abandon.invokeInt(new Object[] {stream, new PointerByReference()});
      broken = true;
    }
  }

  /** Whether a recording failed so that nothing more should be launched in this process. */
  public boolean broken() {
    return broken;
  }

  /** Throws if something on the stream has failed: an error in C++ code would end the process. */
  void check() {
    var status = streamQuery.invokeInt(new Object[] {stream});
    if (status != 0 && status != NOT_READY) {
      throw new EngineException("the GPU was lost (CUDA driver error " + status + ")");
    }
  }

  void replay(Pointer graph) {
    replay.invokeVoid(new Object[] {graph});
  }

  void release(Pointer graph) {
    reset.invokeVoid(new Object[] {graph});
    if (--graphs == 0) {
      sharedPool = null; // it goes with the last graph that uses it
    }
  }
}
