package io.redraft.model.train.cache;

import io.redraft.model.InvalidInputException;
import io.redraft.model.files.FolderRemoval;
import io.redraft.model.safetensors.BFloat16;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a frozen trunk gave for every sample and mask realisation, on disk: streams (T, D) in
 * bfloat16, read through memory maps. Several processes may share a folder: any of them reads, and
 * one at a time writes.
 *
 * <pre>
 * FOLDER/manifest.json            of what it was made (CacheKey)
 * FOLDER/lock                     held while something is written
 * FOLDER/streams-KEY/000000/      a generation: index, 000000.bf16, 000001.bf16, …
 * </pre>
 *
 * <p>An entry is finished when the index has its record, which is written behind its bytes; a
 * process that is killed leaves what was finished before. Nothing is forced to the disk entry by
 * entry, so a machine that stops may keep a record whose bytes are lost: every entry is therefore
 * verified (CRC32C) when it is read, and one that differs is missing, until it is put again.
 *
 * <p>When a pass reaches the next generation of {@link Realisations}, entries of that one are
 * written beside the old ones, which are removed once all new ones are there, or one more
 * generation later. Entries of a generation that is gone are missing, and putting them does
 * nothing.
 *
 * <p>Safe for use by several threads.
 */
public final class ActivationCache implements AutoCloseable {
  private final CacheStorage settings;
  private final CacheKey key;
  private final Path streams;
  private final int perFile;
  private final Map<Integer, Generation> generations = new HashMap<>();

  private ActivationCache(CacheStorage settings, CacheKey key, int perFile) {
    this.settings = settings;
    this.key = key;
    this.perFile = perFile;
    this.streams = streams(settings.folder(), key);
  }

  /**
   * Opens the cache of a folder, or begins one; the folder is made where it is missing.
   *
   * @throws InvalidInputException if the streams would not fit into the limit, if the folder holds
   *     something else, or streams of another key and the settings do not want them removed
   */
  public static ActivationCache open(CacheStorage settings, CacheKey key) throws IOException {
    settings.check(key);
    Path folder = settings.folder();
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw InvalidInputException.of("cache folder", folder, "a folder");
    }
    checkOwn(folder);
    Files.createDirectories(folder);
    return FolderLock.holding(folder, () -> opened(settings, key));
  }

  private static ActivationCache opened(CacheStorage settings, CacheKey key) throws IOException {
    Path folder = settings.folder();
    int fit = (int) Math.min(settings.segmentBytes() / key.entryBytes(), settings.entries());
    var own = new Manifest(key.parts(), fit);
    Optional<Manifest> there = usable(settings, own);
    if (there.isEmpty()) {
      own.write(folder);
    }
    Files.createDirectories(streams(folder, key));
    return new ActivationCache(settings, key, there.orElse(own).entriesPerFile());
  }

  private static Path streams(Path folder, CacheKey key) {
    return folder.resolve("streams-" + key.id());
  }

  private static void checkOwn(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        var other = files.filter(f -> !Manifest.owns(f.getFileName().toString())).findFirst();
        if (other.isPresent()) {
          throw InvalidInputException.of(
              "cache folder", folder + " with " + other.get().getFileName(), "one of its own");
        }
      }
    }
  }

  /** The manifest of a cache that can be gone on with; one that is stale is refused or removed. */
  private static Optional<Manifest> usable(CacheStorage settings, Manifest own) throws IOException {
    Path folder = settings.folder();
    if (!Files.exists(folder.resolve(Manifest.NAME))) {
      removeStreams(folder);
      return Optional.empty();
    }
    if (!settings.rebuildStale()) {
      var there = Manifest.read(folder);
      if (!there.key().equals(own.key())) {
        throw InvalidInputException.of(
            "cache " + folder,
            "stale, made of " + CacheKey.difference(there.key(), own.key()),
            CacheKey.difference(own.key(), there.key())
                + "; or rebuild_stale, which removes what is there");
      }
      return Optional.of(there);
    }
    try {
      var there = Manifest.read(folder);
      if (there.key().equals(own.key())) {
        return Optional.of(there);
      }
    } catch (InvalidInputException damaged) {
      // removed like a stale one
    }
    Files.delete(folder.resolve(Manifest.NAME));
    removeStreams(folder);
    return Optional.empty();
  }

  private static void removeStreams(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith("streams-")) {
          FolderRemoval.remove(file);
        }
      }
    }
  }

  /** What its streams are made of. */
  public CacheKey key() {
    return key;
  }

  /** The mask realisation that a pass over the data sees, counted from 0. */
  public int realisation(long pass) {
    return settings.realisations().of(pass);
  }

  /** The generation that a realisation belongs to. */
  public int generation(int realisation) {
    return settings.realisations().generation(realisation);
  }

  /** Whether an entry is finished; {@link #read} may find that it is damaged all the same. */
  public synchronized boolean has(long sample, int realisation) throws IOException {
    return holding(realisation).has(sample, realisation);
  }

  /**
   * Puts a sample's stream, T · D numbers, position by position; rounded to bfloat16.
   *
   * @return whether it was written; not if it was there already, or its generation is gone
   */
  public boolean put(long sample, int realisation, float[] stream) throws IOException {
    return put(sample, realisation, BFloat16.bytes(stream));
  }

  /**
   * The same of 2 · T · D bytes: bfloat16, little-endian. The buffer's position stays.
   *
   * @throws InvalidInputException if another process has removed this cache for another key
   * @throws IllegalStateException if there are more samples than the settings say
   */
  public synchronized boolean put(long sample, int realisation, ByteBuffer stream)
      throws IOException {
    if (stream.remaining() != key.entryBytes()) {
      throw new IllegalArgumentException(
          stream.remaining() + " bytes; an entry has " + key.entryBytes());
    }
    return FolderLock.holding(settings.folder(), () -> written(sample, realisation, stream));
  }

  private boolean written(long sample, int realisation, ByteBuffer stream) throws IOException {
    if (!Files.isDirectory(streams)) {
      throw InvalidInputException.of(
          "cache " + settings.folder(), "removed meanwhile", "one that nobody rebuilds");
    }
    int number = settings.realisations().generation(realisation);
    int newest = newestOnDisk();
    if (number < newest - 1 || number < newest && numbered(newest).complete()) {
      return false;
    }
    Generation generation = numbered(number);
    boolean written = generation.put(sample, realisation, stream);
    if (written && number >= newest) {
      removeBefore(generation.complete() ? number : number - 1);
    }
    return written;
  }

  /**
   * Reads a batch (B, T, D) of one realisation.
   *
   * @param target 2 · B · T · D bytes from its position on: bfloat16, little-endian. The position
   *     moves behind them
   * @return indices of the samples whose entries are missing or damaged, ascending; nothing is
   *     written at their places. They are to be computed, put, and copied there by the caller
   */
  public int[] read(long[] samples, int realisation, ByteBuffer target) throws IOException {
    int[] realisations = new int[samples.length];
    Arrays.fill(realisations, realisation);
    return read(samples, realisations, target);
  }

  /** The same with a realisation a sample, for a batch in which a pass ends. */
  public int[] read(long[] samples, int[] realisations, ByteBuffer target) throws IOException {
    return read(samples, realisations, target, true);
  }

  /** The same, verified or not; what verifying costs can be measured so. */
  public synchronized int[] read(
      long[] samples, int[] realisations, ByteBuffer target, boolean verify) throws IOException {
    int entry = (int) key.entryBytes();
    if (target.remaining() / entry < samples.length || realisations.length != samples.length) {
      throw new IllegalArgumentException(
          "%d samples and %d realisations into %d bytes, %d an entry"
              .formatted(samples.length, realisations.length, target.remaining(), entry));
    }
    int[] missing = new int[samples.length];
    int count = 0;
    for (int i = 0; i < samples.length; i++) {
      int behind = target.position() + entry;
      if (!holding(realisations[i]).read(samples[i], realisations[i], target, verify)) {
        missing[count++] = i;
        target.position(behind);
      }
    }
    return Arrays.copyOf(missing, count);
  }

  /** Forces all entries to the disk, so that they outlive the machine's end too. */
  public synchronized void force() throws IOException {
    for (Generation generation : generations.values()) {
      generation.force();
    }
  }

  private Generation holding(int realisation) {
    return numbered(settings.realisations().generation(realisation));
  }

  private Generation numbered(int number) {
    return generations.computeIfAbsent(
        number,
        n ->
            new Generation(
                streams.resolve("%06d".formatted(n)),
                (int) key.entryBytes(),
                perFile,
                settings.entries()));
  }

  private int newestOnDisk() throws IOException {
    try (Stream<Path> folders = Files.list(streams)) {
      return folders
          .mapToInt(folder -> Integer.parseInt(folder.getFileName().toString()))
          .max()
          .orElse(0);
    }
  }

  private void removeBefore(int number) throws IOException {
    try (Stream<Path> folders = Files.list(streams)) {
      for (Path folder : folders.toList()) {
        int old = Integer.parseInt(folder.getFileName().toString());
        if (old < number) {
          FolderRemoval.remove(folder);
          forget(old);
        }
      }
    }
  }

  private void forget(int number) throws IOException {
    Generation gone = generations.remove(number);
    if (gone != null) {
      gone.close();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    for (Generation generation : generations.values()) {
      generation.close();
    }
    generations.clear();
  }
}
