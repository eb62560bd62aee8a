package io.redraft.model.tensor;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Handles of this process on native memory that are open: what a leak would make more and more of.
 * Counted over all devices; may be asked by any thread, and is exact while none computes.
 *
 * @param scopes open {@link DeviceScope}s
 * @param tensors tensors that belong to them
 * @param lists open {@link TensorList}s: weights, keys and values
 * @param arguments arguments and results of kernel calls
 */
public record NativeHandles(long scopes, long tensors, long lists, long arguments) {
  private static final Set<DeviceScope> SCOPES = ConcurrentHashMap.newKeySet();
  private static final AtomicLong LISTS = new AtomicLong();
  private static final AtomicLong ARGUMENTS = new AtomicLong();

  /** Those that are open now. */
  public static NativeHandles live() {
    long tensors = SCOPES.stream().mapToLong(DeviceScope::tensors).sum();
    return new NativeHandles(SCOPES.size(), tensors, LISTS.get(), ARGUMENTS.get());
  }

  /** All of them. */
  public long total() {
    return scopes + tensors + lists + arguments;
  }

  static void opened(DeviceScope scope) {
    SCOPES.add(scope);
  }

  static void closed(DeviceScope scope) {
    SCOPES.remove(scope);
  }

  static void lists(int more) {
    LISTS.addAndGet(more);
  }

  static void arguments(int more) {
    ARGUMENTS.addAndGet(more);
  }
}
