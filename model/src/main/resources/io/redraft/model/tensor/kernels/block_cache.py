# Block diffusion with cached keys and values. Shapes as in transformer.py; n positions that are computed a canvas, A that
# are asked about, as in denoise.py.
# A cache is [keys and values (L, T, 2K, E)], all positions of one canvas. Canvases share every matrix product; each
# attends over its own cache by itself, so that a batch changes nothing. What is computed is written into the cache
# before it is attended to: those places are written anew in every pass until the next refresh, and read in none before.

# An empty cache.
def new_block_cache(self, w: List[List[Tensor]], places: int, shape: List[int]) -> List[Tensor]:
  size = [shape[3], places, 2*shape[1], shape[2]]
  return [torch.zeros(size, dtype=w[0][0].dtype, device=w[0][0].device)]

# Views of a cache, two lists of L: keys and values (1, K, T, E).
def cached_pairs(self, cache: Tensor, shape: List[int]) -> List[List[Tensor]]:
  keys, values = torch.chunk(torch.transpose(cache, 1, 2), 2, 1)  # (L, K, T, E)
  return [torch.split(keys, 1), torch.split(values, 1)]

# The stream (A, 1, D) after the last block at the positions asked, each b·n + index among places (B, n), int64, of
# canvases that hold ids (B, n) there.
def cached_trunk(self, w: List[List[Tensor]], caches: List[List[Tensor]], ids: Tensor, places: Tensor, asked: Tensor, time: List[Tensor], shape: List[int], eps: float, packed: bool) -> Tensor:
  B, n, H = torch.size(ids, 0), torch.size(ids, 1), shape[0]
  flat = torch.flatten(places)
  cos = torch.view(torch.index_select(w[2][0], 0, flat), [B, n, 1, shape[2]])
  sin = torch.view(torch.index_select(w[2][1], 0, flat), [B, n, 1, shape[2]])
  own = torch.unbind(places)
  layers, pairs = annotate(List[List[Tensor]], []), annotate(List[List[List[Tensor]]], [])
  for cache in caches:
    _ = torch.append(layers, torch.unbind(cache[0]))
    _ = torch.append(pairs, self.cached_pairs(cache[0], shape))
  h = self.embedded(w, ids, time)
  for block in range(shape[3]):
    x = self.modulated(self.device_normed(h, eps, packed), time, 6*block)
    y = self.heads(x, w[3 + 5*block], cos, sin, shape, packed)  # (B, n, H + 2K, E)
    computed = torch.unbind(torch.slice(y, 2, H))
    seen = annotate(List[List[Tensor]], [])
    for b in range(B):
      _ = torch.index_copy_(layers[b][block], 0, own[b], computed[b])
      _ = torch.append(seen, [pairs[b][0][block], pairs[b][1][block]])
    a = self.attend_each(torch.slice(y, 2, 0, H), seen, shape)
    if block < shape[3] - 1:
      h = self.feed_forward(a, h, w, time, block, eps, packed)
    else:
      a = torch.unsqueeze(torch.index_select(torch.flatten(a, 0, 1), 0, asked), 1)
      h = self.last_feed_forward(a, h, asked, w, self.time_at(time, asked, n), shape, eps, packed)
  return h

# One step that computes places (B, n) of canvases with shares ratios (B) of masks.
def denoise_cached(self, w: List[List[Tensor]], caches: List[List[Tensor]], ids: Tensor, places: Tensor, ratios: Tensor, asked: Tensor, line: Tensor, real: Tensor, runs: List[int], limits: List[int], shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  time = self.ratio_signals(w, ratios, shape, packed)
  h = self.cached_trunk(w, caches, ids, places, asked, time, shape, eps, packed)
  rows = torch.select(line, 0, 0)
  x = self.rows_of(h, rows, rows, self.time_at(time, asked, torch.size(ids, 1)), eps)
  return self.candidates(w, x, line, real, runs, limits, mask, packed)
