# Block-causal denoising with cached keys and values. Shapes as in transformer.py; N positions that are computed over all
# canvases, A that are asked about, as in denoise.py.
# Canvas i computes counts[i] positions: all from starts[i] until ends[i], which begin with one of its blocks of sizes[i],
# or fewer, all of the block that ends at ends[i]. A cache is as in block_cache.py. Canvases share every matrix product;
# every block attends by itself, so that it gets the same bits in whatever company, and whether it is computed alone or with
# what stands before it. Behind the positions of all canvases may stand others, which pad the products and mean nothing.

# Attention of canvases' queries and, written into their caches first, keys and values y (N, H + 2K, E) over all that
# stands up to the end of each block: (1, N, H·E). layers[i] are views (T, 2K, E), keys[i] and values[i] (1, K, T, E);
# places (N) int64.
def attend_appended(self, y: Tensor, layers: List[Tensor], keys: List[Tensor], values: List[Tensor], places: Tensor, starts: List[int], ends: List[int], sizes: List[int], counts: List[int], shape: List[int]) -> Tensor:
  H = shape[0]
  grouped = H != shape[1]
  queries = torch.unsqueeze(torch.transpose(torch.slice(y, 1, 0, H), 0, 1), 0)  # (1, H, N, E)
  out = annotate(List[Tensor], [])
  row = 0
  for i in range(torch.len(layers)):
    shift = row - starts[i]
    first, row = row, row + counts[i]
    own = torch.slice(torch.slice(y, 0, first, row), 1, H)
    size = sizes[i]
    if counts[i] == ends[i] - starts[i]:
      written = torch.copy_(torch.slice(layers[i], 0, starts[i], ends[i]), own)
    else:
      written = torch.index_copy_(layers[i], 0, torch.slice(places, 0, first, row), own)
      size = ends[i]
    for at in range(starts[i], ends[i], size):
      end = min(ends[i], at + size)
      q = torch.slice(queries, 2, shift + at, min(shift + end, row))
      a = torch.scaled_dot_product_attention(q, torch.slice(keys[i], 2, 0, end), torch.slice(values[i], 2, 0, end), None, 0., False, scale=None, enable_gqa=grouped)
      _ = torch.append(out, torch.transpose(a, 1, 2))
  if row < torch.size(y, 0):
    _ = torch.append(out, torch.transpose(torch.slice(queries, 2, row), 1, 2))
  x = out[0]
  if torch.len(out) > 1:
    x = torch.cat(out, 1)
  return torch.flatten(x, 2, 3)

# The stream (A, 1, D) after the last block at the positions asked among ids (N), which stand at places (N), int64.
def appended_trunk(self, w: List[List[Tensor]], caches: List[List[Tensor]], ids: Tensor, places: Tensor, starts: List[int], ends: List[int], sizes: List[int], counts: List[int], asked: Tensor, shape: List[int], eps: float, packed: bool) -> Tensor:
  time = annotate(List[Tensor], [])
  cos, sin = torch.index_select(w[2][0], 0, places), torch.index_select(w[2][1], 0, places)  # (N, 1, E)
  layers, keys, values = annotate(List[List[Tensor]], []), annotate(List[List[Tensor]], []), annotate(List[List[Tensor]], [])
  for cache in caches:
    pair = self.cached_pairs(cache[0], shape)
    _ = torch.append(layers, torch.unbind(cache[0]))
    _ = torch.append(keys, pair[0])
    _ = torch.append(values, pair[1])
  h = torch.embedding(w[0][0], torch.unsqueeze(ids, 0))  # (1, N, D)
  for block in range(shape[3]):
    x = self.device_normed(h, eps, packed)
    y = torch.squeeze(self.heads(x, w[3 + 5*block], cos, sin, shape, packed), 0)
    own, k, v = annotate(List[Tensor], []), annotate(List[Tensor], []), annotate(List[Tensor], [])
    for i in range(torch.len(layers)):
      _ = torch.append(own, layers[i][block])
      _ = torch.append(k, keys[i][block])
      _ = torch.append(v, values[i][block])
    a = self.attend_appended(y, own, k, v, places, starts, ends, sizes, counts, shape)
    if block < shape[3] - 1:
      h = self.feed_forward(a, h, w, time, block, eps, packed)
    else:
      a = torch.transpose(torch.index_select(a, 1, asked), 0, 1)  # (A, 1, H·E)
      h = self.last_feed_forward(a, h, asked, w, time, shape, eps, packed)
  return h

# One step that computes some positions of each canvas and keeps their keys and values.
def denoise_appended(self, w: List[List[Tensor]], caches: List[List[Tensor]], ids: Tensor, places: Tensor, starts: List[int], ends: List[int], sizes: List[int], counts: List[int], asked: Tensor, line: Tensor, real: Tensor, runs: List[int], limits: List[int], shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  h = self.appended_trunk(w, caches, ids, places, starts, ends, sizes, counts, asked, shape, eps, packed)
  rows = torch.select(line, 0, 0)
  x = self.rows_of(h, rows, rows, annotate(List[Tensor], []), eps)
  return self.candidates(w, x, line, real, runs, limits, mask, packed)
