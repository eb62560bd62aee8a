package io.redraft.model.decode;

import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A record taken apart down to numbers and put together again, as a serializer does it. Anything
 * that is neither a record, a list or an optional of such, nor plain data is refused, so that
 * nothing live hides in a state.
 *
 * @param type class of the record, or of the plain value
 * @param parts its components; empty for a plain value
 * @param value the plain value, or null
 */
record RecordParts(Class<?> type, List<RecordParts> parts, Object value) {

  static RecordParts of(Object object) {
    if (object instanceof Record) {
      var parts = new ArrayList<RecordParts>();
      for (var component : object.getClass().getRecordComponents()) {
        try {
          component.getAccessor().setAccessible(true);
          parts.add(of(component.getAccessor().invoke(object)));
        } catch (ReflectiveOperationException e) {
          throw new AssertionError(e);
        }
      }
      return new RecordParts(object.getClass(), parts, null);
    }
    if (object instanceof Optional<?> optional) {
      return new RecordParts(Optional.class, optional.stream().map(RecordParts::of).toList(), null);
    }
    if (object instanceof List<?> list) {
      return new RecordParts(List.class, list.stream().map(RecordParts::of).toList(), null);
    }
    boolean plain =
        object instanceof Number
            || object instanceof Boolean
            || object instanceof Enum
            || object instanceof OptionalInt
            || object instanceof OptionalDouble
            || object instanceof int[];
    if (!plain) {
      throw new AssertionError("not plain data: " + object);
    }
    return new RecordParts(object.getClass(), List.of(), object);
  }

  <T> T build(Class<T> wanted) {
    return wanted.cast(build());
  }

  private Object build() {
    if (value instanceof int[] array) {
      Object copy = Array.newInstance(int.class, array.length);
      System.arraycopy(array, 0, copy, 0, array.length);
      return copy;
    }
    if (value != null) {
      return value;
    }
    Object[] built = parts.stream().map(RecordParts::build).toArray();
    if (type == Optional.class) {
      return Arrays.stream(built).findFirst();
    }
    if (type == List.class) {
      return List.of(built);
    }
    try {
      var components =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      var constructor = type.getDeclaredConstructor(components);
      constructor.setAccessible(true);
      return constructor.newInstance(built);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
