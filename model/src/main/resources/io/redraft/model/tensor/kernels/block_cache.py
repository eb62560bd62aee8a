# Block diffusion with cached keys and values. Shapes as in transformer.py; n positions that are computed a canvas.
# A cache is [keys and values (L, 2, K, T, E)], all positions of one canvas. Canvases share every matrix product; each
# attends over its own cache by itself, so that a batch changes nothing. What is computed is written into the cache
# before it is attended to: those places are written anew in every pass until the next refresh, and read in none before.

# One denoising step over whole canvases, as denoise, that fills caches: canvas kept[i] the i-th. Other canvases of the
# batch may be guided.
def denoise_keeping(self, w: List[List[Tensor]], kept: List[int], caches: List[List[Tensor]], ids: Tensor, line: Tensor, real: Tensor, guides: Tensor, runs: List[int], depths: List[int], shape: List[int], eps: float, causal: bool, mask: int, packed: bool) -> Tensor:
  s = self.stream(w, kept, caches, ids, shape, eps, causal, mask, packed)
  return self.denoise_stream(w, s, line, real, guides, runs, depths, shape, eps, causal, mask, packed)

# Attention of one canvas: q (1, H, n, E) over its layer of the cache (2, K, T, E), where places (n) first get the keys
# and values k, v (K, n, E). Returns (1, n, H, E), contiguous.
def cached_attention(self, layer: Tensor, places: Tensor, q: Tensor, k: Tensor, v: Tensor, grouped: bool) -> Tensor:
  keys, values = torch.select(layer, 0, 0), torch.select(layer, 0, 1)
  _ = torch.index_copy_(keys, 1, places, k)
  _ = torch.index_copy_(values, 1, places, v)
  a = torch.scaled_dot_product_attention(q, torch.unsqueeze(keys, 0), torch.unsqueeze(values, 0), None, 0., False, scale=None, enable_gqa=grouped)
  return torch.contiguous(torch.transpose(a, 1, 2))

# The stream (B, n, D) at places (B, n), int64, of canvases that hold ids (B, n) there.
def cached_trunk(self, w: List[List[Tensor]], caches: List[List[Tensor]], ids: Tensor, places: Tensor, time: List[Tensor], shape: List[int], eps: float, packed: bool) -> Tensor:
  B, n, E = torch.size(ids, 0), torch.size(ids, 1), shape[2]
  flat = torch.view(places, [-1])
  cos = torch.view(torch.index_select(w[2][0], 0, flat), [B, n, 1, E])
  sin = torch.view(torch.index_select(w[2][1], 0, flat), [B, n, 1, E])
  grouped = shape[0] != shape[1]
  own = torch.unbind(places, 0)
  h = torch.embedding(w[0][0], ids)  # (B, n, D)
  if torch.len(time) == 1:
    h = h + time[0]
  for block in range(shape[3]):
    x = self.modulated(self.device_normed(h, eps, packed), time, 6*block)
    qkv = self.attention_inputs(x, w[3 + 5*block], cos, sin, shape, packed)
    out = annotate(List[Tensor], [])
    for b in range(B):
      q = torch.slice(qkv[0], 0, b, b + 1)
      layer = torch.select(caches[b][0], 0, block)
      _ = torch.append(out, self.cached_attention(layer, own[b], q, torch.select(qkv[1], 0, b), torch.select(qkv[2], 0, b), grouped))
    h = self.after_attention(torch.transpose(torch.cat(out), 1, 2), h, w, time, block, eps, packed)
  return h

# One denoising step that computes places (B, n) of canvases with shares ratios (B) of masks; line's positions are
# b·n + index among the places.
def denoise_cached(self, w: List[List[Tensor]], caches: List[List[Tensor]], ids: Tensor, places: Tensor, ratios: Tensor, line: Tensor, real: Tensor, runs: List[int], depths: List[int], shape: List[int], eps: float, causal: bool, mask: int, packed: bool) -> Tensor:
  time = self.ratio_signals(w, ratios, shape, packed)
  h = self.cached_trunk(w, caches, ids, places, time, shape, eps, packed)
  rows = torch.select(line, 0, 0)
  x = self.rows_of(h, rows, torch.floor_divide(rows, torch.size(ids, 1)), time, eps)
  return self.candidates(w, x, line, real, runs, depths, mask, packed)
