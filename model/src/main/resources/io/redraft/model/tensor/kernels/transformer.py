# The Transformer's forward pass (RMSNorm, SwiGLU, RoPE), for inference in float32 or bfloat16.
#
# Shapes: B canvases, T positions, D width, H and K query and key/value heads, E width of a head,
# F feed-forward width, V vocabulary, C context, R rows that are asked about, L blocks.
# shape = [H, K, E, L, time], time the ordinal of a TimeConditioning.Kind.
# span says who sees whom: 0, everybody all; otherwise those of its own block of span positions and of the blocks before
# it, so 1 is causal attention.
#
# w is a prepared network (io.redraft.model.nn.transformer.Preparation), a list of matrices, each a list of its pieces:
#   w[0] embedding (V, D)    w[1] head (V, D), final gain folded in    w[2] the rotary tables
#   then five a block: qkv ((H+2K)·E, D), out (D, H·E), gate (F, D), up (F, D), down (D, F).
#   then what time conditioning adds (time.py).
# The gain of a norm is folded into the matrix behind it, so that a norm is one reduction and one product.
# On the CPU (packed) matrices are in oneDNN's blocked layout, which fuses SiLU, products and sums into the
# matrix product, and which is cut into pieces of at most 1024 columns: up to there, a row has the same bits
# whatever the number of rows and threads, because no sum is ever split among threads. Rows are padded to a multiple
# of 64: oneDNN 3.7 computes float32 products of other numbers of rows wrongly on AMD's processors with AVX-512.
# On a GPU (not packed) qkv is [queries and keys ((H+K)·E, D), values (K·E, D)], and gate and up are both
# [gates above ups (2, F, D)]; whole canvases are computed as positions_first.py does it.

# Rotary angles (C, 1, E) as [cosines, signed sines]: position · theta^(-2i/E) for i below E/2, twice.
def rotary_tables(self, length: int, width: int, theta: float) -> List[Tensor]:
  frequency = torch.pow(theta, torch.arange(0, width, 2, dtype=7) / float(-width))  # (E/2)
  angle = torch.unsqueeze(torch.arange(0, length, 1, dtype=7), 1) * frequency  # (C, E/2)
  sine, cosine = torch.sin(angle), torch.cos(angle)
  return [torch.unsqueeze(torch.cat([cosine, cosine], 1), 1), torch.unsqueeze(torch.cat([-sine, sine], 1), 1)]

# w (rows, columns) with zeros below and to the right, up to the next multiples of 64 that are asked for.
def padded(self, w: Tensor, rows: bool, columns: bool) -> Tensor:
  down, right = 0, 0
  if rows:
    down = -torch.size(w, 0) % 64
  if columns:
    right = -torch.size(w, 1) % 64
  if down + right > 0:
    w = torch.constant_pad_nd(w, [0, right, 0, down], 0)
  return w

# A matrix as pieces of its columns. Always copies: w may borrow memory of the Java side.
def prepare_matrix(self, w: Tensor, dtype: int, packed: bool) -> List[Tensor]:
  pieces = [torch.to(w, dtype, False, True)]
  if packed:
    pieces = [self.padded(pieces[0], True, False)]
    n = (torch.size(w, 1) + 1023) // 1024
    parts = torch.tensor_split(pieces[0], n, 1)
    pieces = annotate(List[Tensor], [])
    for part in parts:
      _ = torch.append(pieces, ops.mkldnn._reorder_linear_weight(torch.contiguous(part), None))
  return pieces

# x cut as the pieces of w are.
def cut(self, x: Tensor, w: List[Tensor]) -> List[Tensor]:
  xs = [x]
  if torch.len(w) > 1:
    xs = torch.tensor_split(x, torch.len(w), -1)
  return xs

# What the pieces of w after the first add to y: x (..., in), y (..., out).
def add_pieces(self, x: List[Tensor], y: Tensor, w: List[Tensor]) -> Tensor:
  for i in range(1, torch.len(w)):
    y = ops.mkldnn._linear_pointwise(x[i], y, w[i], None, "add")
  return y

# The first n columns of y, which may be the product with a padded matrix.
def unpadded(self, y: Tensor, n: int) -> Tensor:
  if torch.size(y, -1) != n:
    y = torch.slice(y, -1, 0, n)
  return y

# x·wᵀ, padded as w is
def project(self, x: Tensor, w: List[Tensor], packed: bool) -> Tensor:
  if packed:
    xs = self.cut(x, w)
    y = self.add_pieces(xs, ops.mkldnn._linear_pointwise(xs[0], w[0], None, "none", annotate(List[Optional[number]], []), ""), w)
  else:
    y = torch.linear(x, w[0])
  return y

# h + x·wᵀ; h is spent
def project_add(self, x: Tensor, w: List[Tensor], h: Tensor, packed: bool) -> Tensor:
  D = torch.size(h, -1)
  if not packed:
    _ = torch.addmm_(torch.view(h, [-1, D]), torch.reshape(x, [-1, torch.size(x, -1)]), torch.t(w[0]))
    y = h
  elif D % 64 == 0:
    xs = self.cut(x, w)
    y = self.add_pieces(xs, ops.mkldnn._linear_pointwise(xs[0], h, w[0], None, "add"), w)
  else:
    y = h + self.unpadded(self.project(x, w, packed), D)
  return y

# silu(x·gateᵀ) · (x·upᵀ), padded as both are: x (.., .., D)
def gated(self, x: Tensor, gate: List[Tensor], up: List[Tensor], packed: bool) -> Tensor:
  if not packed:
    # Both products as one of a batch of two, which fills a GPU better; what it gives is spent.
    n = torch.numel(x) // torch.size(x, -1)
    both = torch.bmm(torch.expand(torch.view(x, [n, -1]), [2, -1, -1]), torch.transpose(gate[0], 1, 2))  # (2, n, F)
    y = torch.mul_(torch.silu_(torch.select(both, 0, 0)), torch.select(both, 0, 1))
    y = torch.view(y, [torch.size(x, 0), torch.size(x, 1), -1])
  elif torch.len(gate) == 1:
    g = ops.mkldnn._linear_pointwise(x, gate[0], None, "swish", annotate(List[Optional[number]], []), "")
    y = ops.mkldnn._linear_pointwise(x, g, up[0], None, "mul")
  else:
    y = torch.silu(self.project(x, gate, packed)) * self.project(x, up, packed)
  return y

# h / sqrt(mean(h²) + eps) over the last axis
def normed(self, h: Tensor, eps: float) -> Tensor:
  n = torch.linalg_vector_norm(h, 2, [-1], True, dtype=6)  # (..., 1), float32 also from bfloat16
  scale = torch.rsqrt(n * n / float(torch.size(h, -1)) + eps)
  return h * torch.to(scale, h.dtype)

# The same, as the device's library does it best.
def device_normed(self, h: Tensor, eps: float, packed: bool) -> Tensor:
  if packed:
    x = self.normed(h, eps)
  else:
    x = self.library_normed(h, eps)
  return x

# Rotates x (B, T, heads, E) in place; cos and sin (T, 1, E). Places i and i + E/2 of a head are the two sides of a
# rotation.
def rotate_(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  other = torch.roll(x, [torch.size(x, -1) // 2], [-1])
  return torch.addcmul_(torch.mul_(x, cos), other, sin)

# The queries, keys and values of a block, of the normed stream x, as one tensor of heads: (B, T, H + 2K, E).
def heads(self, x: Tensor, w: List[Tensor], cos: Tensor, sin: Tensor, shape: List[int], packed: bool) -> Tensor:
  H, K, E = shape[0], shape[1], shape[2]
  if packed:
    y = self.unpadded(self.project(x, w, packed), (H + 2*K)*E)
  else:
    y = torch.cat([torch.linear(x, w[0]), torch.linear(x, w[1])], -1)
  y = torch.view(y, [torch.size(x, 0), torch.size(x, 1), H + 2*K, E])
  _ = self.rotate_(torch.slice(y, 2, 0, H + K), cos, sin)
  return y

# The same as views: (B, H, T, E), (B, K, T, E), (B, K, T, E).
def attention_inputs(self, x: Tensor, w: List[Tensor], cos: Tensor, sin: Tensor, shape: List[int], packed: bool) -> List[Tensor]:
  y = torch.transpose(self.heads(x, w, cos, sin, shape, packed), 1, 2)
  return torch.split_with_sizes(y, [shape[0], shape[1], shape[1]], 1)

# Attention of canvases one by one: queries q (B, n, H, E) over keys and values (1, K, T, E) of each, pairs[b]. Returns
# (B, n, H·E). What a canvas gets depends on nothing but its own queries, keys and values.
def attend_each(self, q: Tensor, pairs: List[List[Tensor]], shape: List[int]) -> Tensor:
  out = annotate(List[Tensor], [])
  grouped = shape[0] != shape[1]
  for b in range(torch.len(pairs)):
    own = torch.transpose(torch.slice(q, 0, b, b + 1), 1, 2)  # (1, H, n, E)
    a = torch.scaled_dot_product_attention(own, pairs[b][0], pairs[b][1], None, 0., False, scale=None, enable_gqa=grouped)
    _ = torch.append(out, torch.transpose(a, 1, 2))
  y = out[0]
  if torch.len(out) > 1:
    y = torch.cat(out)
  return torch.flatten(y, 2, 3)

# What follows attention in a block: a (B, T, H·E), h (B, T, D) -> (B, T, D).
def feed_forward(self, a: Tensor, h: Tensor, w: List[List[Tensor]], time: List[Tensor], block: int, eps: float, packed: bool) -> Tensor:
  i, j = 3 + 5*block, 6*block
  h = self.project_into(a, w[i+1], h, time, j + 2, packed)
  x = self.modulated(self.device_normed(h, eps, packed), time, j + 3)
  return self.project_into(self.gated(x, w[i+2], w[i+3], packed), w[i+4], h, time, j + 5, packed)

# The same of a (B, H, T, E).
def after_attention(self, a: Tensor, h: Tensor, w: List[List[Tensor]], time: List[Tensor], block: int, eps: float, packed: bool) -> Tensor:
  a = torch.reshape(torch.transpose(a, 1, 2), [torch.size(h, 0), torch.size(h, 1), -1])  # (B, T, H·E)
  return self.feed_forward(a, h, w, time, block, eps, packed)

# What enters the first block, of ids (B, T): (B, T, D).
def embedded(self, w: List[List[Tensor]], ids: Tensor, time: List[Tensor]) -> Tensor:
  h = torch.embedding(w[0][0], ids)
  if torch.len(time) == 1:
    h = h + time[0]
  return h

# Queries, keys and values of a block over whole canvases, of its input h (B, T, D): (B, H, T, E), (B, K, T, E) twice.
# Those of canvas kept[i] are written into caches[i][0] (L, T, 2K, E).
def whole_inputs(self, w: List[List[Tensor]], h: Tensor, kept: List[int], caches: List[List[Tensor]], time: List[Tensor], block: int, shape: List[int], eps: float, packed: bool) -> List[Tensor]:
  T = torch.size(h, 1)
  cos, sin = torch.slice(w[2][0], 0, 0, T), torch.slice(w[2][1], 0, 0, T)
  x = self.modulated(self.normed(h, eps), time, 6*block)
  y = self.heads(x, w[3 + 5*block], cos, sin, shape, packed)
  for i in range(torch.len(kept)):
    own = torch.slice(torch.select(y, 0, kept[i]), 1, shape[0])  # (T, 2K, E)
    _ = torch.copy_(torch.select(caches[i][0], 0, block), own)
  return torch.split_with_sizes(torch.transpose(y, 1, 2), [shape[0], shape[1], shape[1]], 1)

# Attention over whole canvases: (B, H, T, E) of inputs as above. Blocks of a canvas attend one by one, just as they do
# over cached keys and values (prefix_cache.py); blocks of one position in one go, which may have other last bits, unless
# span is negative: then they, too, attend one by one.
def attend(self, x: List[Tensor], shape: List[int], span: int) -> Tensor:
  grouped = shape[0] != shape[1]
  if span == 0 or span == 1:
    a = torch.scaled_dot_product_attention(x[0], x[1], x[2], None, 0., span == 1, scale=None, enable_gqa=grouped)
  else:
    T = torch.size(x[0], 2)
    size = max(span, 0 - span)
    out = annotate(List[Tensor], [])
    for at in range(0, T, size):
      end = min(T, at + size)
      q, k, v = torch.slice(x[0], 2, at, end), torch.slice(x[1], 2, 0, end), torch.slice(x[2], 2, 0, end)
      _ = torch.append(out, torch.transpose(torch.scaled_dot_product_attention(q, k, v, None, 0., False, scale=None, enable_gqa=grouped), 1, 2))
    a = torch.transpose(torch.cat(out, 1), 1, 2)
  return a

# ids (B, T), time as time_signals gives it -> the residual stream after so many blocks (B, T, D).
def trunk(self, w: List[List[Tensor]], ids: Tensor, kept: List[int], caches: List[List[Tensor]], time: List[Tensor], blocks: int, shape: List[int], eps: float, span: int, packed: bool) -> Tensor:
  h = self.embedded(w, ids, time)
  for block in range(blocks):
    a = self.attend(self.whole_inputs(w, h, kept, caches, time, block, shape, eps, packed), shape, span)
    h = self.after_attention(a, h, w, time, block, eps, packed)
  return h

# Time signals of canvases (B, 1, D) as those of the positions `asked` (A), each b·T + place: (A, 1, D).
def time_at(self, time: List[Tensor], asked: Tensor, T: int) -> List[Tensor]:
  out = time
  if torch.len(time) > 1:
    b = torch.floor_divide(asked, T)
    out = annotate(List[Tensor], [])
    for signal in time:
      _ = torch.append(out, torch.index_select(signal, 0, b))
  return out

# The end of the last block, which nothing reads but the head: only at the positions `asked` (A), of which attention's
# result a (A, 1, H·E) is of. h (B, T, D), time as time_at gives it -> (A, 1, D).
def last_feed_forward(self, a: Tensor, h: Tensor, asked: Tensor, w: List[List[Tensor]], time: List[Tensor], shape: List[int], eps: float, packed: bool) -> Tensor:
  h = torch.unsqueeze(torch.index_select(torch.flatten(h, 0, 1), 0, asked), 1)
  return self.feed_forward(a, h, w, time, shape[3] - 1, eps, packed)

# The residual stream after the last block at the positions `asked` (A): (A, 1, D). Attention is computed everywhere, so
# that a position has the same bits whichever others are asked about; what follows it only there.
def asked_trunk(self, w: List[List[Tensor]], ids: Tensor, asked: Tensor, kept: List[int], caches: List[List[Tensor]], time: List[Tensor], shape: List[int], eps: float, span: int, packed: bool) -> Tensor:
  blocks = 0 - span  # one by one, so that a text has the same bits with a cache
  h = self.trunk(w, ids, kept, caches, time, shape[3] - 1, shape, eps, blocks, packed)
  a = self.attend(self.whole_inputs(w, h, kept, caches, time, shape[3] - 1, shape, eps, packed), shape, blocks)
  a = torch.index_select(torch.flatten(torch.transpose(a, 1, 2), 0, 1), 0, asked)  # (A, H, E)
  a = torch.unsqueeze(torch.flatten(a, 1, 2), 1)
  return self.last_feed_forward(a, h, asked, w, self.time_at(time, asked, torch.size(ids, 1)), shape, eps, packed)

# Keys and values k and v (B, K, T, E) of canvas kept[i] are written into a block of caches[i][0] (L, T, 2K, E).
def keep(self, k: Tensor, v: Tensor, kept: List[int], caches: List[List[Tensor]], block: int) -> Tensor:
  K = torch.size(k, 1)
  for i in range(torch.len(kept)):
    layer = torch.select(caches[i][0], 0, block)  # (T, 2K, E)
    _ = torch.copy_(torch.slice(layer, 1, 0, K), torch.transpose(torch.select(k, 0, kept[i]), 0, 1))
    _ = torch.copy_(torch.slice(layer, 1, K), torch.transpose(torch.select(v, 0, kept[i]), 0, 1))
  return k

# The normed stream at places (R) of h (.., .., D), flat, which belong to canvases b (R): (R, D).
def rows_of(self, h: Tensor, places: Tensor, b: Tensor, time: List[Tensor], eps: float) -> Tensor:
  x = self.normed(torch.index_select(torch.view(h, [-1, torch.size(h, 2)]), 0, places), eps)
  n = torch.len(time)
  if n > 1:
    shift = torch.index_select(torch.squeeze(time[n - 2], 1), 0, b)
    x = torch.addcmul(shift, x, torch.index_select(torch.squeeze(time[n - 1], 1), 0, b))
  return x

# What whole canvases ids (B, T) give before any row is chosen: [the stream, (B, T, D) if packed, else (T, B, D)], then
# what each canvas is told of its share of masks.
def stream(self, w: List[List[Tensor]], kept: List[int], caches: List[List[Tensor]], ids: Tensor, shape: List[int], eps: float, span: int, mask: int, packed: bool) -> List[Tensor]:
  time = self.time_signals(w, ids, shape, mask, packed)
  if packed:
    h = self.trunk(w, ids, kept, caches, time, shape[3], shape, eps, span, packed)
  else:
    h = self.positions_first(w, ids, kept, caches, time, shape, eps, span)
  out = [h]
  for t in time:
    _ = torch.append(out, t)
  return out

# The same, and nothing is kept.
def whole_stream(self, w: List[List[Tensor]], ids: Tensor, shape: List[int], eps: float, span: int, mask: int, packed: bool) -> List[Tensor]:
  return self.stream(w, annotate(List[int], []), annotate(List[List[Tensor]], []), ids, shape, eps, span, mask, packed)

# The normed stream, as `stream` gives it, at rows (R), each b·T + position: (R, D).
def stream_rows(self, s: List[Tensor], rows: Tensor, eps: float, packed: bool) -> Tensor:
  h = s[0]
  time = torch.slice(s, 1, 9223372036854775807, 1)
  if packed:
    b = torch.floor_divide(rows, torch.size(h, 1))
    places = rows
  else:
    T, B = torch.size(h, 0), torch.size(h, 1)
    b = torch.floor_divide(rows, T)
    places = torch.remainder(rows, T) * B + b
  return self.rows_of(h, places, b, time, eps)

# The normed stream at rows (R) of canvases ids (B, T), each told its share of masks: (R, D).
def read_rows(self, w: List[List[Tensor]], ids: Tensor, rows: Tensor, shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  s = self.whole_stream(w, ids, shape, eps, span, mask, packed)
  return self.stream_rows(s, rows, eps, packed)

# Logits of the normed x (R, D), float32 (R, V). The mask, if there is one, gets -1e30: as good as -inf after softmax,
# and its product with a probability of 0 is 0.
def head(self, w: List[List[Tensor]], x: Tensor, mask: int, packed: bool) -> Tensor:
  z = torch.to(self.unpadded(self.project(x, w[1], packed), torch.size(w[0][0], 0)), 6)
  if mask >= 0:
    _ = torch.fill_(torch.select(z, 1, mask), -1e30)
  return z

# Logits at rows (R), for evaluation: float32 (R, V).
def logits(self, w: List[List[Tensor]], ids: Tensor, rows: Tensor, shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  return self.head(w, self.read_rows(w, ids, rows, shape, eps, span, mask, packed), mask, packed)

# Cross-entropy in nats of a target at each row: float32 (R). Logits exist for 64 rows at a time.
def cross_entropy(self, w: List[List[Tensor]], ids: Tensor, rows: Tensor, targets: Tensor, shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  x = self.read_rows(w, ids, rows, shape, eps, span, mask, packed)
  losses = annotate(List[Tensor], [])
  for at in range(0, torch.size(rows, 0), 64):
    z = self.head(w, torch.slice(x, 0, at, at + 64), mask, packed)
    _ = torch.append(losses, torch.cross_entropy_loss(z, torch.slice(targets, 0, at, at + 64), None, 0))
  return torch.cat(losses)
