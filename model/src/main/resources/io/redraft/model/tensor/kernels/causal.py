# Left-to-right writing with a key/value cache. Shapes as in transformer.py; L layers, S places in the cache.

# An empty cache (L, 2, K, S, E) of the network's type, in a list of its own.
def new_cache(self, w: List[List[Tensor]], layers: int, places: int, shape: List[int]) -> List[Tensor]:
  return [torch.zeros([layers, 2, shape[1], places, shape[2]], dtype=w[0][0].dtype, device=w[0][0].device)]

# A larger cache that begins with what the old one holds.
def grown_cache(self, w: List[List[Tensor]], old: List[Tensor], places: int, shape: List[int]) -> List[Tensor]:
  cache = self.new_cache(w, torch.size(old[0], 0), places, shape)
  _ = torch.copy_(torch.slice(cache[0], 3, 0, torch.size(old[0], 3)), old[0])
  return cache

# Appends ids (1, n) to a sequence of which `start` tokens are in the cache: the stream (1, n, D).
def extend_trunk(self, w: List[List[Tensor]], cache: Tensor, ids: Tensor, start: int, shape: List[int], eps: float, packed: bool) -> Tensor:
  n = torch.size(ids, 1)
  end = start + n
  cos, sin = torch.slice(w[2][0], 0, start, end), torch.slice(w[2][1], 0, start, end)
  grouped = shape[0] != shape[1]
  visible = annotate(Optional[Tensor], None)
  if n > 1 and start > 0:
    # Place j of the cache is visible to new token i while j <= start + i.
    visible = torch.tril(torch.ones([n, end], dtype=11, device=ids.device), start)
  h = torch.embedding(w[0][0], ids)
  time = annotate(List[Tensor], [])
  for block in range(shape[3]):
    layer = torch.select(cache, 0, block)  # (2, K, S, E)
    x = self.attention_inputs(self.normed(h, eps), w[3 + 5*block], cos, sin, shape, packed)
    k = torch.unsqueeze(torch.slice(torch.select(layer, 0, 0), 1, 0, end), 0)  # (1, K, end, E)
    v = torch.unsqueeze(torch.slice(torch.select(layer, 0, 1), 1, 0, end), 0)
    _ = torch.copy_(torch.slice(k, 2, start, end), x[1])
    _ = torch.copy_(torch.slice(v, 2, start, end), x[2])
    a = torch.scaled_dot_product_attention(x[0], k, v, visible, 0., n > 1 and start == 0, scale=None, enable_gqa=grouped)
    h = self.after_attention(a, h, w, time, block, eps, packed)
  return h

# Appends ids (1, n) and draws the token that follows; line and real as candidates takes them, the row twice,
# because no row is drawn alone. Returns int32 (3, 2) as report does.
def extend(self, w: List[List[Tensor]], cache: List[Tensor], ids: Tensor, start: int, line: Tensor, real: Tensor, depth: int, shape: List[int], eps: float, mask: int, packed: bool) -> Tensor:
  h = self.extend_trunk(w, cache[0], ids, start, shape, eps, packed)
  x = torch.contiguous(torch.expand(torch.select(h, 1, -1), [2, -1]))  # (2, D)
  return self.candidates(w, self.normed(x, eps), line, real, [2], [depth], mask, packed)
