# The training step of a stage of a layer-wise run: n blocks compute, and the flat array p holds only what learns
# (StageLayout); all else comes in a list `frozen` of arrays in the number format that is computed
# in, and a list `codes` of matrices in fewer bits, the first of it what codes stand for where they are no numbers. Shapes and net are those of train_step.py, q is p in the
# number format that is computed in.
# plan (StagePlan) = [n, place of embedding, head, last gain, three weights of time conditioning, rank of adapters, format
# of a given stream, segment at whose end the distance is measured, segments, normalised matrices], then 6 numbers a
# block, 3 a segment and 4 a normalised matrix. A place of 0 or more is one in p, -1 - i is frozen[i]; frozen[0] is empty.
# real = [eps, dropout, attention dropout, gamma, scale of adapters, weight of the distance]
#
# The stream is cut into segments, whose gradients are taken one after the other from the last to the first: segments of
# which nothing is recorded (0), that are recorded (1), and of which only the input is kept, to be computed again (2).

# A weight that does not have to record.
def stage_weight(self, q: Tensor, frozen: List[Tensor], place: int, shape: List[int]) -> Tensor:
  if torch.lt(place, 0):
    w = frozen[-1-place]
  else:
    n = 1
    for size in shape:
      n = n*size
    w = torch.slice(q, 0, place, place+n)
  return torch.view(w, shape)

# Places in p of what learns in block b: offset and size in turns. [query to value, output, gate (and up), down, two gains,
# modulation], or two narrow matrices of each of the seven.
def stage_places(self, b: int, net: List[int], plan: List[int]) -> List[int]:
  D, H, K, E, F, rank, at = net[1], net[3], net[4], net[5], net[6], plan[7], 12 + 6*b
  out = annotate(List[int], [])
  if plan[at] == 1:
    sizes = [(H+2*K)*E*D, D*H*E, 2*F*D, D*F]
    if torch.lt(plan[at+2], 0):
      sizes = [(H+2*K)*E*D, D*H*E, F*D, D*F]
    place = plan[at+1]
    for size in sizes:
      _ = torch.append(out, place)
      _ = torch.append(out, size)
      place = place + size
    for i in range(2):
      _ = torch.append(out, plan[at+3] + i*D)
      _ = torch.append(out, D)
    if torch.ge(plan[at+4], 0):
      _ = torch.append(out, plan[at+4])
      _ = torch.append(out, 6*D*128)
  else:
    if torch.gt(rank, 0):
      place = plan[at+5]
      for size in [D, H*E, D, K*E, D, K*E, H*E, D, D, F, D, F, F, D]:
        _ = torch.append(out, place)
        _ = torch.append(out, size*rank)
        place = place + size*rank
  return out

# Pieces of q at places, which record or not.
def stage_leaves(self, q: Tensor, places: List[int], record: bool) -> List[Tensor]:
  out = annotate(List[Tensor], [])
  for i in range(torch.floordiv(torch.len(places), 2)):
    w = torch.detach(torch.slice(q, 0, places[2*i], places[2*i]+places[2*i+1]))
    if record:
      w = torch.requires_grad_(w, True)
    _ = torch.append(out, w)
  return out

# n values of a matrix in fewer bits (QuantizedMatrix), in a number format. kind: 2 for 8 bits, 3 for 4, 4 for places in a
# table of 16 values.
def stage_dequantize(self, table: Tensor, codes: Tensor, scales: Tensor, n: int, kind: int, dtype: int) -> Tensor:
  if kind == 2:
    x = torch.sub(torch.to(codes, dtype), 128)
  else:
    pairs = torch.stack([torch.bitwise_and(codes, 15), torch.bitwise_right_shift(codes, 4)], 1)
    if kind == 3:
      x = torch.sub(torch.to(pairs, dtype), 8)
    else:
      x = torch.index_select(table, 0, torch.to(torch.flatten(pairs), 3))
  x = torch.mul(torch.view(x, [-1, 64]), torch.unsqueeze(scales, 1))
  return torch.slice(torch.to(torch.flatten(x), dtype), 0, 0, n)

# The two narrow matrices (rank, in) and (out, rank) of an adapter as products take them.
def stage_adapter(self, w: List[Tensor], i: int, rank: int, gain: Optional[Tensor], scale: float) -> List[Tensor]:
  a = torch.view(w[2*i], [rank, -1])
  if torch.__isnot__(gain, None):
    a = torch.mul(a, unchecked_cast(Tensor, gain))
  return [a, torch.mul(torch.view(w[2*i+1], [-1, rank]), scale)]

# Adapters of query, key, value and output, or of gate, up and down: two matrices each; none without a rank.
def stage_adapters(self, w: List[Tensor], ups: bool, gain: Tensor, net: List[int], rank: int, scale: float) -> List[Tensor]:
  out = annotate(List[Tensor], [])
  if torch.gt(rank, 0):
    first, last = 0, 3
    if ups:
      first, last = 4, 6
    for i in range(first, last):
      a, b = self.stage_adapter(w, i, rank, gain, scale)
      if torch.lt(i, 2):
        b = self.train_pairs(b, net[5])
      _ = torch.append(out, a)
      _ = torch.append(out, b)
    # What is behind no norm.
    a, b = self.stage_adapter(w, last, rank, None, scale)
    _ = torch.append(out, a)
    _ = torch.append(out, b)
  return out

# Query, key, value and output, or gate, up and down, of a block that does not learn: they begin at frozen[base], or at
# codes[base], each followed by its scales.
def stage_frozen(self, frozen: List[Tensor], codes: List[Tensor], base: int, kind: int, ups: bool, gain: Tensor, net: List[int], dtype: int) -> List[Tensor]:
  D, H, K, E, F = net[1], net[3], net[4], net[5], net[6]
  shapes = [[H*E, D], [K*E, D], [K*E, D], [D, H*E]]
  if ups:
    shapes = [[F, D], [F, D], [D, F]]
  parts = annotate(List[Tensor], [])
  for i in range(torch.len(shapes)):
    n = shapes[i][0]*shapes[i][1]
    if kind == 0:
      w = frozen[base+i]
    else:
      w = self.stage_dequantize(codes[0], codes[base+2*i], codes[base+2*i+1], n, kind, dtype)
    _ = torch.append(parts, torch.view(w, shapes[i]))
  if torch.gt(kind, 0):
    last = torch.len(parts) - 1
    whole = torch.flatten(torch.cat(torch.slice(parts, 0, last)))
    if ups:
      folded = self.train_ups(whole, gain, net)
    else:
      folded = self.train_queries(whole, gain, net)
    _ = torch.append(folded, parts[last])
    parts = folded
  return parts

# The stream behind block b; w: what learns in it.
def stage_block(self, h: Tensor, w: List[Tensor], b: int, signal: Tensor, mask: Optional[Tensor], rotation: Tensor, frozen: List[Tensor], codes: List[Tensor], net: List[int], plan: List[int], real: List[float]) -> Tensor:
  D, H, E, F, rank, at = net[1], net[3], net[5], net[6], plan[7], 12 + 6*b
  kind, base, up, adaln = plan[at], plan[at+1], plan[at+2], plan[at+4]
  m = annotate(List[Tensor], [])
  if net[12] == 3:
    if torch.ge(adaln, 0):
      modulation = w[6]
    else:
      modulation = frozen[-1-adaln]
    m = self.time_modulations(torch.linear(signal, torch.view(modulation, [6*D, 128])), D)
  none = annotate(List[Tensor], [])
  if kind == 1:
    attention = self.train_queries(w[0], w[4], net)
    _ = torch.append(attention, torch.view(w[1], [D, H*E]))
    h = self.train_attention(h, attention, none, m, 0, mask, rotation, net, real[0], real[3], real[1], real[2])
    gates = w[2]
    if torch.lt(up, 0):
      gates = torch.cat([gates, frozen[-1-up]])
    feed = self.train_ups(gates, w[5], net)
    _ = torch.append(feed, torch.view(w[3], [D, F]))
    h = self.train_feed_forward(h, feed, none, m, 3, real[0], real[3], real[1])
  else:
    before, between = frozen[up], frozen[up+1]
    after = base + 4
    if torch.gt(kind, 0):
      after = base + 8
    attention = self.stage_frozen(frozen, codes, base, kind, False, before, net, h.dtype)
    adapters = self.stage_adapters(w, False, before, net, rank, real[4])
    h = self.train_attention(h, attention, adapters, m, 0, mask, rotation, net, real[0], 1., 0., 0.)
    feed = self.stage_frozen(frozen, codes, after, kind, True, between, net, h.dtype)
    adapters = self.stage_adapters(w, True, between, net, rank, real[4])
    h = self.train_feed_forward(h, feed, adapters, m, 3, real[0], 1., 0.)
  return h

# The stream behind blocks lo to hi; w: what learns in each of them.
def stage_span(self, h: Tensor, w: List[List[Tensor]], lo: int, hi: int, signal: Tensor, mask: Optional[Tensor], rotation: Tensor, frozen: List[Tensor], codes: List[Tensor], net: List[int], plan: List[int], real: List[float]) -> Tensor:
  for b in range(lo, hi):
    h = self.stage_block(h, w[b-lo], b, signal, mask, rotation, frozen, codes, net, plan, real)
  return h

# What learns in blocks lo to hi, of each.
def stage_span_leaves(self, q: Tensor, lo: int, hi: int, net: List[int], plan: List[int], record: bool) -> List[List[Tensor]]:
  out = annotate(List[List[Tensor]], [])
  for b in range(lo, hi):
    _ = torch.append(out, self.stage_leaves(q, self.stage_places(b, net, plan), record))
  return out

# p in the number format that is computed in, normalised matrices divided by u·W·v.
def stage_cast(self, p: Tensor, uv: Tensor, net: List[int], plan: List[int]) -> Tensor:
  count, at = plan[11], torch.len(plan) - 4*plan[11]
  q = torch.to(p, net[10], False, torch.gt(count, 0))
  for i in range(count):
    offset, rows, columns, place = plan[at+4*i], plan[at+4*i+1], plan[at+4*i+2], plan[at+4*i+3]
    w = torch.view(torch.slice(p, 0, offset, offset+rows*columns), [rows, columns])
    sigma = self.stage_sigma(w, uv, place)
    _ = torch.copy_(torch.slice(q, 0, offset, offset+rows*columns), torch.flatten(torch.div(w, sigma)))
  return q

# u·W·v, where u and then v lie in uv at a place.
def stage_sigma(self, w: Tensor, uv: Tensor, place: int) -> Tensor:
  rows, columns = torch.size(w, 0), torch.size(w, 1)
  u, v = torch.slice(uv, 0, place, place+rows), torch.slice(uv, 0, place+rows, place+rows+columns)
  return torch.dot(u, torch.mv(w, v))

# One power iteration of every normalised matrix, in place (Miyato et al. 2018, algorithm 1). matrices: 4 numbers each.
def stage_iterate(self, p: Tensor, uv: Tensor, matrices: List[int]) -> Tensor:
  for i in range(torch.floordiv(torch.len(matrices), 4)):
    offset, rows, columns, place = matrices[4*i], matrices[4*i+1], matrices[4*i+2], matrices[4*i+3]
    w = torch.view(torch.slice(p, 0, offset, offset+rows*columns), [rows, columns])
    u, v = torch.slice(uv, 0, place, place+rows), torch.slice(uv, 0, place+rows, place+rows+columns)
    x = torch.mv(torch.t(w), u)
    _ = torch.copy_(v, torch.div(x, torch.clamp(torch.norm(x), 1e-12)))
    x = torch.mv(w, v)
    _ = torch.copy_(u, torch.div(x, torch.clamp(torch.norm(x), 1e-12)))
  return uv

# From the gradient G by W / sigma in acc to that by W, u and v being constants: (G - <G, W/sigma> u vᵀ) / sigma.
def stage_normalized_gradient(self, p: Tensor, acc: Tensor, uv: Tensor, matrices: List[int]) -> Tensor:
  for i in range(torch.floordiv(torch.len(matrices), 4)):
    offset, rows, columns, place = matrices[4*i], matrices[4*i+1], matrices[4*i+2], matrices[4*i+3]
    w = torch.view(torch.slice(p, 0, offset, offset+rows*columns), [rows, columns])
    g = torch.view(torch.slice(acc, 0, offset, offset+rows*columns), [rows, columns])
    u, v = torch.slice(uv, 0, place, place+rows), torch.slice(uv, 0, place+rows, place+rows+columns)
    sigma = self.stage_sigma(w, uv, place)
    along = torch.div(torch.dot(torch.flatten(g), torch.flatten(w)), sigma)
    _ = torch.div_(torch.sub_(g, torch.outer(torch.mul(u, along), v)), sigma)
  return acc

# Places in p of what the embedding's side of time conditioning learns.
def stage_time_places(self, net: List[int], plan: List[int]) -> List[int]:
  D, time = net[1], net[12]
  out = annotate(List[int], [])
  sizes = [[0], [D*256], [net[13]*D], [128*256, 128*128]][time]
  if time > 0:
    for i in range(torch.len(sizes)):
      if torch.ge(plan[4+i], 0):
        _ = torch.append(out, plan[4+i])
        _ = torch.append(out, sizes[i])
  return out

# What time conditioning tells (train_told), from what learns in it or else from frozen weights.
def stage_told(self, leaves: List[Tensor], frozen: List[Tensor], r: Tensor, like: Tensor, net: List[int], plan: List[int]) -> Tensor:
  w = annotate(List[Tensor], [])
  x = torch.detach(torch.slice(like, 0, 0, 0))
  # Behind a given stream nothing is added any more, and the weights for it are not there.
  if net[12] == 3 or net[12] > 0 and plan[8] == 0:
    count = 1
    if net[12] == 3:
      count = 2
    for i in range(count):
      if torch.ge(plan[4+i], 0):
        _ = torch.append(w, leaves[i])
      else:
        _ = torch.append(w, frozen[-1-plan[4+i]])
    x = self.train_told(w, 0, r, net)
  return x

# The stream before the first block without what time conditioning adds (B, T, D): a given one, or rows of the embedding.
def stage_entering(self, q: Tensor, ids: Tensor, frozen: List[Tensor], stream: Tensor, net: List[int], plan: List[int]) -> Tensor:
  V, D, T = net[0], net[1], torch.size(ids, 1)
  if torch.gt(plan[8], 0):
    h = torch.to(torch.view(torch.view_copy(stream, dtype=plan[8]), [-1, T, D]), q.dtype)
  else:
    h = torch.embedding(self.stage_weight(q, frozen, plan[1], [V, D]), ids)
  return h

def stage_adds(self, net: List[int], plan: List[int]) -> bool:
  return (net[12] == 1 or net[12] == 2) and plan[8] == 0

# Modulations of the final norm, if there are any. w: [gain, modulation].
def stage_last(self, w: List[Tensor], signal: Tensor, net: List[int]) -> List[Tensor]:
  m = annotate(List[Tensor], [])
  if net[12] == 3:
    m = self.time_modulations(torch.linear(signal, torch.view(w[1], [-1, 128])), net[1])
  return m

# [last gain, its modulation], which record or not.
def stage_last_weights(self, q: Tensor, frozen: List[Tensor], net: List[int], plan: List[int], record: bool) -> List[Tensor]:
  D = net[1]
  w = [torch.detach(self.stage_weight(q, frozen, plan[3], [D]))]
  if net[12] == 3:
    _t = torch.append(w, torch.detach(self.stage_weight(q, frozen, plan[6], [2*D*128])))
  if record:
    for x in w:
      _ = torch.requires_grad_(x, True)
  return w

# Adds the gradient of weight · Σ|h - target|² / Σ|target|² to g, sums over masked places, where the target is what the
# embedding makes of `next`; and that number to the cursor's line of stats.
def stage_distance(self, h: Tensor, g: Tensor, table: Tensor, ids: Tensor, next: Tensor, mask: int, weight: float, stats: Tensor, cursor: Tensor) -> Tensor:
  masked = torch.unsqueeze(torch.to(torch.eq(ids, mask), 6), -1)
  target = torch.mul(torch.to(torch.embedding(table, next), 6), masked)
  error = torch.sub(torch.mul(torch.to(h, 6), masked), target)
  size = torch.clamp(torch.sum(torch.mul(target, target)), 1e-30)
  factor = torch.div(torch.full_like(size, weight), size)
  loss = torch.mul(torch.sum(torch.mul(error, error)), factor)
  _ = torch.index_add_(torch.slice(stats, 1, 4, 5), 0, cursor, torch.view(loss, [1, 1]))
  return torch.add(g, torch.to(torch.mul(error, torch.mul(factor, 2)), g.dtype))

# Gradients of out, given that by out: adds those by w (at places) to acc and that by the signal to dsignal, where it
# learns (told), and returns that by h where something before it learns (below), else g.
def stage_back(self, out: Tensor, g: Tensor, h: Tensor, below: bool, signal: Tensor, dsignal: Tensor, told: bool, w: List[Tensor], places: List[int], acc: Tensor) -> Tensor:
  inputs = annotate(List[Tensor], [])
  if below:
    _t = torch.append(inputs, h)
  if told:
    _t = torch.append(inputs, signal)
  first = torch.len(inputs)
  for x in w:
    _t = torch.append(inputs, x)
  seeds = annotate(List[Optional[Tensor]], [])
  _s = torch.append(seeds, g)
  grads = torch.grad([out], inputs, seeds, allow_unused=True)
  for i in range(torch.len(w)):
    x = grads[first+i]
    if torch.__isnot__(x, None):
      offset, n = places[2*i], places[2*i+1]
      _ = torch.add_(torch.slice(acc, 0, offset, offset+n), torch.flatten(unchecked_cast(Tensor, x)))
  if told:
    x = grads[first-1]
    if torch.__isnot__(x, None):
      _ = torch.add_(dsignal, unchecked_cast(Tensor, x))
  if below:
    g = unchecked_cast(Tensor, grads[0])
  return g

def stage_reals(self, real: Tensor) -> List[float]:
  out = annotate(List[float], [])
  for i in range(torch.size(real, 0)):
    _ = torch.append(out, float(torch.select(real, 0, i)))
  return out

# Adds the gradient of sum(weights * CE), and of the distance, by what learns to acc, and (loss, sum of CE, 0, 0,
# distance) to the cursor's line of stats. packed and floats as in train_micro; others = [given stream as bytes, less
# masked ids (B, T), uv], each one empty where it is not read.
def stage_micro(self, p: Tensor, acc: Tensor, stats: Tensor, cursor: Tensor, packed: Tensor, floats: List[Tensor], frozen: List[Tensor], codes: List[Tensor], others: List[Tensor], angles: Tensor, net_tensor: Tensor, plan_tensor: Tensor, real_tensor: Tensor) -> Tensor:
  net, plan, real = self.train_ints(net_tensor), self.train_ints(plan_tensor), self.stage_reals(real_tensor)
  V, D, mask, chunk, T = net[0], net[1], net[9], net[11], torch.size(angles, 0)
  weights, r = floats[0], floats[torch.len(floats) - 1]
  R = torch.numel(weights)
  BT = torch.numel(packed) - 2*R
  ids = torch.view(torch.slice(packed, 0, 0, BT), [-1, T])
  rows = torch.slice(packed, 0, BT, BT+R)
  targets = torch.to(torch.slice(packed, 0, BT+R, BT+2*R), 4)
  rotation = torch.view_as_complex(angles)
  seen = annotate(Optional[Tensor], None)
  if net[8] == 2:
    seen = self.train_block_mask(r)
  torch.set_grad_enabled(False)
  q = self.stage_cast(p, others[2], net, plan)
  # The embedding, and what it is told.
  embeds = torch.ge(plan[1], 0) and plan[8] == 0
  told = embeds and net[12] == 3
  time_places = self.stage_time_places(net, plan)
  time_leaves = self.stage_leaves(q, time_places, True)
  embedded = torch.requires_grad_(torch.detach(self.stage_entering(q, ids, frozen, others[0], net, plan)), embeds)
  torch.set_grad_enabled(embeds)
  row = self.stage_told(time_leaves, frozen, r, q, net, plan)
  read = embedded
  if self.stage_adds(net, plan):
    read = torch.add(embedded, row)
  if embeds:
    read = torch.dropout(read, real[1], True)
  torch.set_grad_enabled(False)
  signal = torch.requires_grad_(torch.detach(row), told)
  dsignal = torch.zeros_like(torch.detach(row))
  # Blocks.
  entered, left = annotate(List[Tensor], []), annotate(List[Tensor], [])
  leaves = annotate(List[List[Tensor]], [])
  reached = annotate(List[bool], [])
  h = torch.detach(read)
  below = embeds
  at = 12 + 6*plan[0]
  for k in range(plan[10]):
    lo, hi, mode = plan[at+3*k], plan[at+3*k+1], plan[at+3*k+2]
    h = torch.requires_grad_(torch.detach(h), below)
    _t = torch.append(entered, h)
    _b = torch.append(reached, below)
    w = self.stage_span_leaves(q, lo, hi, net, plan, mode == 1)
    for x in w:
      _w = torch.append(leaves, x)
    torch.set_grad_enabled(mode == 1)
    h = self.stage_span(h, w, lo, hi, signal, seen, rotation, frozen, codes, net, plan, real)
    torch.set_grad_enabled(False)
    _t = torch.append(left, h)
    if mode == 2:
      left[k] = entered[k]
    below = below or mode > 0
  # The head.
  learns = torch.ge(plan[3], 0)
  h = torch.requires_grad_(torch.detach(h), below)
  last = self.stage_last_weights(q, frozen, net, plan, learns)
  torch.set_grad_enabled(True)
  y = self.train_asked(h, rows, last[0], self.stage_last(last, signal, net), real[0])
  torch.set_grad_enabled(False)
  head = self.stage_weight(q, frozen, plan[2], [V, D])
  dhead = annotate(List[Tensor], [])
  last_places = annotate(List[int], [])
  if torch.ge(plan[2], 0):
    _t = torch.append(dhead, torch.view(torch.slice(acc, 0, plan[2], plan[2]+V*D), [V, D]))
  if learns:
    last_places = [plan[3], D, plan[6], 2*D*128]
  else:
    last = annotate(List[Tensor], [])
  ys = torch.detach(y)
  g = self.train_head(ys, torch.empty_like(ys), head, dhead, stats, cursor, targets, weights, mask, chunk, [0., 1.])
  if below or learns:
    g = self.stage_back(y, g, h, below, signal, dsignal, told, last, last_places, acc)
  # Back through the blocks.
  for i in range(plan[10]):
    k = plan[10] - 1 - i
    lo, hi, mode = plan[at+3*k], plan[at+3*k+1], plan[at+3*k+2]
    if mode > 0:
      if k == plan[9]:
        end = torch.detach(h)
        if torch.lt(k+1, plan[10]):
          end = torch.detach(entered[k+1])
        table = self.stage_weight(q, frozen, plan[1], [V, D])
        g = self.stage_distance(end, g, table, ids, others[1], mask, real[5], stats, cursor)
      out = left[k]
      w = torch.slice(leaves, lo, hi)
      if mode == 2:
        w = self.stage_span_leaves(q, lo, hi, net, plan, True)
        torch.set_grad_enabled(True)
        out = self.stage_span(entered[k], w, lo, hi, signal, seen, rotation, frozen, codes, net, plan, real)
        torch.set_grad_enabled(False)
      flat, places = annotate(List[Tensor], []), annotate(List[int], [])
      for b in range(lo, hi):
        _t = torch.extend(flat, w[b-lo])
        _i = torch.extend(places, self.stage_places(b, net, plan))
      g = self.stage_back(out, g, entered[k], reached[k], signal, dsignal, told, flat, places, acc)
  # Back to the embedding.
  none = annotate(List[Tensor], [])
  if embeds:
    if told:
      _ = self.stage_back(row, dsignal, row, False, row, row, False, time_leaves, time_places, acc)
      time_leaves = none
    g = self.stage_back(read, g, embedded, True, signal, dsignal, False, time_leaves, time_places, acc)
    # In float32 whatever the rest is in: the mask's row is the sum over half of all places.
    dtable = torch.embedding_dense_backward(torch.to(g, 6), ids, V, -1, False)
    _ = torch.add_(torch.view(torch.slice(acc, 0, plan[1], plan[1]+V*D), [V, D]), dtable)
  return acc

# The stream behind all blocks, nothing recorded or dropped: (B, T, D), and what time conditioning tells.
def stage_forward(self, q: Tensor, ids: Tensor, frozen: List[Tensor], codes: List[Tensor], others: List[Tensor], r: Tensor, angles: Tensor, net: List[int], plan: List[int], reals: List[float]) -> Tuple[Tensor, Tensor]:
  seen = annotate(Optional[Tensor], None)
  if net[8] == 2:
    seen = self.train_block_mask(r)
  real = [reals[0], 0., 0., reals[3], reals[4], 0.]
  time_leaves = self.stage_leaves(q, self.stage_time_places(net, plan), False)
  row = self.stage_told(time_leaves, frozen, r, q, net, plan)
  h = self.stage_entering(q, ids, frozen, others[0], net, plan)
  if self.stage_adds(net, plan):
    h = torch.add(h, row)
  w = self.stage_span_leaves(q, 0, plan[0], net, plan, False)
  h = self.stage_span(h, w, 0, plan[0], row, seen, torch.view_as_complex(angles), frozen, codes, net, plan, real)
  return (h, row)

# Cross-entropy in nats at every row: float32 (R).
def stage_score(self, p: Tensor, packed: Tensor, rows: int, floats: List[Tensor], frozen: List[Tensor], codes: List[Tensor], others: List[Tensor], angles: Tensor, net: List[int], plan: List[int], real: Tensor) -> Tensor:
  T = torch.size(angles, 0)
  BT = torch.numel(packed) - 2*rows
  ids = torch.view(torch.slice(packed, 0, 0, BT), [-1, T])
  reals = self.stage_reals(real)
  q = self.stage_cast(p, others[2], net, plan)
  h, row = self.stage_forward(q, ids, frozen, codes, others, floats[torch.len(floats) - 1], angles, net, plan, reals)
  last = self.stage_last_weights(q, frozen, net, plan, False)
  y = self.train_asked(h, torch.slice(packed, 0, BT, BT+rows), last[0], self.stage_last(last, row, net), reals[0])
  targets = torch.to(torch.slice(packed, 0, BT+rows, BT+2*rows), 4)
  return self.train_row_losses(y, self.stage_weight(q, frozen, plan[2], [net[0], net[1]]), targets, net[9], net[11])

# The stream behind all blocks as bytes (B, T, D) of the number format that is computed in.
def stage_stream(self, p: Tensor, packed: Tensor, rows: int, floats: List[Tensor], frozen: List[Tensor], codes: List[Tensor], others: List[Tensor], angles: Tensor, net: List[int], plan: List[int], real: Tensor) -> Tensor:
  T = torch.size(angles, 0)
  BT = torch.numel(packed) - 2*rows
  ids = torch.view(torch.slice(packed, 0, 0, BT), [-1, T])
  q = self.stage_cast(p, others[2], net, plan)
  h, row = self.stage_forward(q, ids, frozen, codes, others, floats[torch.len(floats) - 1], angles, net, plan, self.stage_reals(real))
  return torch.view_copy(torch.flatten(torch.contiguous(h)), dtype=0)

# n numbers of a format, outside of inference mode, so that what is computed from them may be recorded.
def stage_numbers(self, like: Tensor, n: Tensor, dtype: Tensor) -> Tensor:
  return torch.zeros([int(n)], dtype=int(dtype), device=like.device)

# Writes the bytes of numbers into a long array from a place on.
def stage_write_bytes(self, target: List[Tensor], at: int, bytes: Tensor) -> Tensor:
  return self.stage_write(target[0], at, torch.view_copy(bytes, dtype=target[0].dtype))

# Writes values into a long array from a place on.
def stage_write(self, target: Tensor, at: int, values: Tensor) -> Tensor:
  return torch.copy_(torch.slice(target, 0, at, at+torch.numel(values)), values)

# A copy of a part of a long array.
def stage_read(self, source: Tensor, from_: int, to: int) -> Tensor:
  return torch.clone(torch.slice(source, 0, from_, to))
