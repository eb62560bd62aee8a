# Left-to-right writing with a key/value cache. Shapes as in transformer.py; L layers, S places in the cache.

# An empty cache (L, 2, K, S, E) of the network's type, in a list of its own.
def new_cache(self, w: List[List[Tensor]], layers: int, places: int, shape: List[int]) -> List[Tensor]:
  return [torch.zeros([layers, 2, shape[1], places, shape[2]], dtype=w[0][0].dtype, device=w[0][0].device)]

# A larger cache that begins with what the old one holds.
def grown_cache(self, w: List[List[Tensor]], old: List[Tensor], places: int, shape: List[int]) -> List[Tensor]:
  cache = self.new_cache(w, torch.size(old[0], 0), places, shape)
  _ = torch.copy_(torch.slice(cache[0], 3, 0, torch.size(old[0], 3)), old[0])
  return cache

# Attention of queries q (1, H, n, E) that stand behind `start` others: over keys and values k, v (1, K, start + n, E) up
# to their own place. The first `together` of them, which begin the sequence, attend in one call; every later one by
# itself, so that it has the same bits whether it was appended alone or among others.
def attention_after(self, q: Tensor, k: Tensor, v: Tensor, start: int, together: int, grouped: bool) -> Tensor:
  out = annotate(List[Tensor], [])
  if together > 0:
    _ = torch.append(out, torch.scaled_dot_product_attention(torch.slice(q, 2, 0, together), torch.slice(k, 2, 0, together), torch.slice(v, 2, 0, together), None, 0., together > 1, scale=None, enable_gqa=grouped))
  for i in range(together, torch.size(q, 2)):
    end = start + i + 1
    _ = torch.append(out, torch.scaled_dot_product_attention(torch.slice(q, 2, i, i + 1), torch.slice(k, 2, 0, end), torch.slice(v, 2, 0, end), None, 0., False, scale=None, enable_gqa=grouped))
  return torch.cat(out, 2)

# Appends ids (1, n) to a sequence of which `start` tokens are in the cache: the stream (1, n, D).
def extend_trunk(self, w: List[List[Tensor]], cache: Tensor, ids: Tensor, start: int, together: int, shape: List[int], eps: float, packed: bool) -> Tensor:
  n = torch.size(ids, 1)
  end = start + n
  cos, sin = torch.slice(w[2][0], 0, start, end), torch.slice(w[2][1], 0, start, end)
  grouped = shape[0] != shape[1]
  h = torch.embedding(w[0][0], ids)
  time = annotate(List[Tensor], [])
  for block in range(shape[3]):
    layer = torch.select(cache, 0, block)  # (2, K, S, E)
    x = self.attention_inputs(self.device_normed(h, eps, packed), w[3 + 5*block], cos, sin, shape, packed)
    k = torch.unsqueeze(torch.slice(torch.select(layer, 0, 0), 1, 0, end), 0)  # (1, K, end, E)
    v = torch.unsqueeze(torch.slice(torch.select(layer, 0, 1), 1, 0, end), 0)
    _ = torch.copy_(torch.slice(k, 2, start, end), x[1])
    _ = torch.copy_(torch.slice(v, 2, start, end), x[2])
    a = self.attention_after(x[0], k, v, start, together, grouped)
    h = self.after_attention(a, h, w, time, block, eps, packed)
  return h

# Appends ids (1, n) and draws or scores what follows some of them; line, real, runs and limits as candidates takes
# them, rows counted among the n. Returns int32 (3, R) as report does.
def extend(self, w: List[List[Tensor]], cache: List[Tensor], ids: Tensor, start: int, together: int, line: Tensor, real: Tensor, runs: List[int], limits: List[int], shape: List[int], eps: float, mask: int, packed: bool) -> Tensor:
  h = self.extend_trunk(w, cache[0], ids, start, together, shape, eps, packed)
  rows = torch.select(line, 0, 0)
  x = self.rows_of(h, rows, rows, annotate(List[Tensor], []), eps)
  return self.candidates(w, x, line, real, runs, limits, mask, packed)
