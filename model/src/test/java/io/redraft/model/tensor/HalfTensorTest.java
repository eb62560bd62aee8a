package io.redraft.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HalfTensorTest {
  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  @Test
  void roundsToNearestEven() {
    // 1 + 2^-8 lies halfway between two bfloat16 neighbours; the even one is 1.
    float[] values = {1f, 1f + 0x1p-8f, 1f + 0x1.8p-8f, -3.140625f, 1e38f};
    try (DeviceScope scope = kernels.scope();
        HalfTensor half =
            Halves.round(kernels, scope, scope.floats(values, 5), HalfType.BFLOAT16)) {
      assertThat(half.type()).isEqualTo(HalfType.BFLOAT16);
      assertThat(half.shape()).containsExactly(5);
      assertThat(Halves.toFloat32(kernels, scope, half).toFloatArray())
          .containsExactly(1f, 1f, 1f + 0x1p-7f, -3.140625f, Float.intBitsToFloat(0x7E960000));
    }
  }

  @Test
  void readsBytesOfBothFormats() {
    try (DeviceScope scope = kernels.scope()) {
      // 1.5 and −2 in bfloat16: the upper halves of 0x3FC00000 and 0xC0000000
      HalfTensor brain =
          Halves.fromBytes(kernels, scope, shorts(0x3FC0, 0xC000), HalfType.BFLOAT16, 2, 1);
      assertThat(Halves.toFloat32(kernels, scope, brain).toFloatArray()).containsExactly(1.5f, -2f);
      HalfTensor ieee =
          Halves.fromBytes(kernels, scope, shorts(0x3E00, 0xC000), HalfType.FLOAT16, 1, 2);
      NDArray values = Halves.toFloat32(kernels, scope, ieee);
      assertThat(values.toFloatArray()).containsExactly(1.5f, -2f);
      assertThat(values.getShape().getShape()).containsExactly(1, 2);
      assertThatThrownBy(() -> Halves.fromBytes(kernels, scope, shorts(1), HalfType.BFLOAT16, 2))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void nothingPublicHandsOutTheArrayInside() {
    List<String> leaks = new ArrayList<>();
    List<Member> members = new ArrayList<>();
    members.addAll(List.of(HalfTensor.class.getDeclaredMethods()));
    members.addAll(List.of(HalfTensor.class.getDeclaredFields()));
    members.addAll(List.of(HalfTensor.class.getDeclaredConstructors()));
    for (Member member : members) {
      if (Modifier.isPublic(member.getModifiers()) || Modifier.isProtected(member.getModifiers())) {
        if (mentionsLibrary((AccessibleObject) member)) {
          leaks.add(member.toString());
        }
      }
    }
    assertThat(leaks).isEmpty();
    assertThat(HalfTensor.class.getSuperclass()).isEqualTo(Object.class);
    assertThat(HalfTensor.class).isFinal();
  }

  private static boolean mentionsLibrary(AccessibleObject member) {
    List<Class<?>> types = new ArrayList<>();
    if (member instanceof Method method) {
      types.add(method.getReturnType());
    } else if (member instanceof Field field) {
      types.add(field.getType());
    } else if (member instanceof Constructor<?> constructor) {
      types.addAll(List.of(constructor.getParameterTypes()));
    }
    return types.stream().anyMatch(type -> type.getName().startsWith("ai.djl"));
  }

  private static ByteBuffer shorts(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return bytes.flip();
  }
}
