package io.redraft.model.tensorboard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The few fields of TensorFlow's {@code Event} that scalars need, in protobuf's encoding:
 *
 * <pre>
 * Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
 * Summary { repeated Value value = 1; }   Value { string tag = 1; float simple_value = 2; }
 * </pre>
 *
 * <p>({@code tensorflow/core/util/event.proto}, {@code tensorflow/core/framework/summary.proto}.)
 */
final class Event {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /** Where the step stands: behind the wall time's key and eight bytes. */
  private static final int STEP_AT = 9;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private Event() {}

  /** The first event of a file, which tells how to read the others. */
  static byte[] version(double seconds) {
    return new Event().fixed64(1, seconds).bytes(3, utf8("brain.Event:2")).encoded();
  }

  /** An event with scalars. */
  static byte[] scalars(double seconds, long step, Map<String, Double> scalars) {
    var summary = new Event();
    scalars.forEach(
        (tag, value) ->
            summary.bytes(
                1, new Event().bytes(1, utf8(tag)).fixed32(2, value.floatValue()).encoded()));
    return new Event().fixed64(1, seconds).varint(2, step).bytes(5, summary.encoded()).encoded();
  }

  /** The step of an event that this class has encoded; 0 for the first of a file. */
  static long step(byte[] event) {
    if (event.length <= STEP_AT || event[STEP_AT] != (2 << 3 | VARINT)) {
      return 0;
    }
    var step = 0L;
    var shift = 0;
    for (var i = STEP_AT + 1; i < event.length && shift < 64; i++, shift += 7) {
      step |= (event[i] & 0x7fL) << shift;
      if (event[i] >= 0) {
        break;
      }
    }
    return step;
  }

  private Event fixed64(int field, double value) {
    key(field, FIXED64);
    out.writeBytes(little(8).putDouble(value).array());
    return this;
  }

  private Event fixed32(int field, float value) {
    key(field, FIXED32);
    out.writeBytes(little(4).putFloat(value).array());
    return this;
  }

  private Event varint(int field, long value) {
    key(field, VARINT);
    raw(value);
    return this;
  }

  private Event bytes(int field, byte[] value) {
    key(field, BYTES);
    raw(value.length);
    out.writeBytes(value);
    return this;
  }

  private void key(int field, int type) {
    raw((long) field << 3 | type);
  }

  private void raw(long value) {
    var left = value;
    while ((left & ~0x7fL) != 0) {
      out.write((int) (left & 0x7f | 0x80));
      left >>>= 7;
    }
    out.write((int) left);
  }

  private byte[] encoded() {
    return out.toByteArray();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
