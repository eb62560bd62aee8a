package io.redraft.model.text;

import java.util.Arrays;

/** A growing list of ints that are never boxed. */
final class IntList {
  private int[] values = new int[16];
  private int size;

  void add(int value) {
    ensure(1);
    values[size++] = value;
  }

  void addAll(int[] more) {
    ensure(more.length);
    System.arraycopy(more, 0, values, size, more.length);
    size += more.length;
  }

  int size() {
    return size;
  }

  int get(int index) {
    return values[index];
  }

  int[] toArray() {
    return Arrays.copyOf(values, size);
  }

  private void ensure(int more) {
    if (values.length - size < more) {
      values = Arrays.copyOf(values, Math.max(Math.addExact(size, more), size + (size >> 1)));
    }
  }
}
