package io.redraft.model.tensor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive of one module without attributes, whose methods are the kernels. It is
 * packed in memory from source files in TorchScript's serialised dialect, in which every function
 * begins in column 0 as {@code def name(self, x: Tensor) -> Tensor:}; the class around them and the
 * type of {@code self} are added here, so that a kernel calls another, in whichever file it stands,
 * as {@code self.name(x)}.
 *
 * <p>The archive is an uncompressed zip of a pickled module object without attributes, its source,
 * an empty table of constants, the format's version and the byte order (PyTorch, {@code
 * torch/csrc/jit/docs/serialization.md}).
 */
public final class KernelArchive {
  /** The kernels that ship with Redraft, in the order in which they are concatenated. */
  private static final List<String> FILES =
      List.of(
          "convert.py",
          "transformer.py",
          "preparation.py",
          "positions_first.py",
          "time.py",
          "sampling.py",
          "denoise.py",
          "causal.py",
          "block_cache.py",
          "prefix_cache.py",
          "depth.py",
          "training.py",
          "train_step.py",
          "stage.py");

  private static final String HEADER =
      """
      class Kernels(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        _is_full_backward_hook : Optional[bool]
      """;

  private static final Pattern METHOD = Pattern.compile("(?m)^(def \\w+\\(self)(?=[,)])");

  private KernelArchive() {}

  /**
   * The archive of all kernels that ship with Redraft.
   *
   * @param version of the tensor library, such as 2.7.1
   */
  public static byte[] standard(String version) {
    var files = new ArrayList<>(FILES);
    files.add(hasFusedNorm(version) ? "norm_fused.py" : "norm_composed.py");
    return pack(files.stream().map(KernelArchive::resource).toList());
  }

  /** From 2.9 on. */
  private static boolean hasFusedNorm(String version) {
    String[] parts = version.split("\\.");
    int major = Integer.parseInt(parts[0]);
    return major > 2 || major == 2 && Integer.parseInt(parts[1]) >= 9;
  }

  /** An archive of the given sources. */
  public static byte[] pack(List<String> sources) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("data.pkl", pickledModule());
    entries.put("code/__torch__.py", module(sources).getBytes(StandardCharsets.UTF_8));
    entries.put("constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
    entries.put("version", "3\n".getBytes(StandardCharsets.US_ASCII));
    entries.put("byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (var entry : entries.entrySet()) {
        zip.putNextEntry(stored("kernels/" + entry.getKey(), entry.getValue()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static String module(List<String> sources) {
    var text = new StringBuilder(HEADER);
    for (String source : sources) {
      METHOD
          .matcher(source)
          .replaceAll("$1: __torch__.Kernels")
          .lines()
          .filter(line -> !line.isBlank())
          .forEach(line -> text.append("  ").append(line).append('\n'));
    }
    return text.toString();
  }

  /** Pickle (protocol 2) of {@code Kernels(training=False, _is_full_backward_hook=None)}. */
  private static byte[] pickledModule() {
    var pickle = new ByteArrayOutputStream();
    pickle.write(0x80);
    pickle.write(2);
    pickle.writeBytes("c__torch__\nKernels\n)".getBytes(StandardCharsets.US_ASCII));
    pickle.write(0x81);
    pickle.writeBytes("}(".getBytes(StandardCharsets.US_ASCII));
    string(pickle, "training");
    pickle.write(0x89);
    string(pickle, "_is_full_backward_hook");
    pickle.writeBytes("Nub.".getBytes(StandardCharsets.US_ASCII));
    return pickle.toByteArray();
  }

  private static void string(ByteArrayOutputStream pickle, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    pickle.write('X');
    for (int shift = 0; shift < 32; shift += 8) {
      pickle.write(bytes.length >> shift);
    }
    pickle.writeBytes(bytes);
  }

  private static ZipEntry stored(String name, byte[] bytes) {
    var entry = new ZipEntry(name);
    var crc = new CRC32();
    crc.update(bytes);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    return entry;
  }

  static String resource(String file) {
    try (InputStream stream = KernelArchive.class.getResourceAsStream("kernels/" + file)) {
      if (stream == null) {
        throw new IllegalStateException("kernel source " + file + " is missing from the build");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
