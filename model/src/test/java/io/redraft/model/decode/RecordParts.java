package io.redraft.model.decode;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A record taken apart down to numbers and put together again, as a serializer does it. Anything
 * that is neither a record nor plain data is refused, so that nothing live hides in a state.
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
    var constructor = type.getDeclaredConstructors()[0];
    constructor.setAccessible(true);
    try {
      return constructor.newInstance(parts.stream().map(RecordParts::build).toArray());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
