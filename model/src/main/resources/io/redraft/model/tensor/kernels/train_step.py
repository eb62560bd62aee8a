# A training step over flat arrays: all weights of a network lie in one float32 array p in the order of
# ParameterLayout (embedding, head unless tied, matrices of every block, what time conditioning adds, the layer that
# predicts noise if there is one, then all gains), and so do gradients, moments and averages. Shapes: B batch, T length, D width, H and K query and key/value heads, E head width,
# F feed-forward width, V vocabulary, R rows that are asked about.
# net = [V, D, L, H, K, E, F, tied, attention, mask, dtype, chunk, time, buckets, noise, noise head], attention the ordinal
# of an AttentionMode, time that of a TimeConditioning.Kind, noise that of a StepInputs.Mode.
#
# Under block-causal attention (2) a sequence of T rows is two copies of T/2 tokens, a noisy one and a clean one, and the
# list of floats ends with the number of the block of every token (T/2), which time conditioning's ratios never meet.
#
# What takes time on a GPU is not the matrix products but the passes over activations between them, most of all over
# views that are not contiguous. Hence products whose results need no slicing, gains folded into the matrices that
# follow, and rotations as products of complex numbers.

def train_ints(self, x: Tensor) -> List[int]:
  out = annotate(List[int], [])
  for i in range(torch.size(x, 0)):
    _ = torch.append(out, int(torch.select(x, 0, i)))
  return out

# Query and key rows with the two halves of a head interleaved, so that a pair to rotate is one complex number; the
# product of a query and a key does not depend on the order. w (heads * E, D)
def train_pairs(self, w: Tensor, E: int) -> Tensor:
  D = torch.size(w, 1)
  return torch.reshape(torch.transpose(torch.view(w, [-1, 2, torch.floordiv(E, 2), D]), 1, 2), [-1, D])

# x (B, T, heads * E) in pairs -> (B, heads, T, E); angles (T, 1, E/2) complex
def train_rotate(self, x: Tensor, angles: Tensor) -> Tensor:
  B, T, half = torch.size(x, 0), torch.size(x, 1), torch.size(angles, 2)
  z = torch.view_as_complex(torch.view(torch.to(x, 6), [B, T, -1, half, 2]))
  y = torch.to(torch.view_as_real(torch.mul(z, angles)), x.dtype)
  return torch.transpose(torch.view(y, [B, T, -1, 2*half]), 1, 2)

# Everything that p holds, in its order. One split, whose backward is one concatenation of all gradients.
def train_weights(self, p: Tensor, net: List[int]) -> List[Tensor]:
  V, D, L, H, K, E, F, tied, time = net[0], net[1], net[2], net[3], net[4], net[5], net[6], net[7], net[12]
  sizes = annotate(List[int], [])
  for i in range(2 - tied):
    _ = torch.append(sizes, V*D)
  for i in range(L):
    _ = torch.append(sizes, (H+2*K)*E*D)
    _ = torch.append(sizes, D*H*E)
    _ = torch.append(sizes, 2*F*D)
    _ = torch.append(sizes, D*F)
  if time == 1:
    _ = torch.append(sizes, D*256)
  if time == 2:
    _ = torch.append(sizes, net[13]*D)
  if time == 3:
    _ = torch.append(sizes, 128*256)
    _ = torch.append(sizes, 128*128)
    _ = torch.append(sizes, (6*L+2)*D*128)
  if net[15] > 0:
    _ = torch.append(sizes, D*D)
  for i in range(2*L+1):
    _ = torch.append(sizes, D)
  return torch.split_with_sizes(p, sizes)

# What the mask ratios r (B) become by the first weights of time conditioning, w[at] and what follows: a row (B, 1, D) that
# is added to every embedding, or the signal (B, 128) that modulations are made of.
def train_told(self, w: List[Tensor], at: int, r: Tensor, net: List[int]) -> Tensor:
  D, time = net[1], net[12]
  if time == 2:
    x = torch.unsqueeze(self.time_row(torch.view(w[at], [-1, D]), r), 1)
  else:
    x = torch.to(self.time_features(r), w[at].dtype)
    if time == 1:
      x = torch.unsqueeze(torch.linear(x / 128., torch.view(w[at], [D, 256])), 1)
    else:
      x = torch.silu(torch.linear(x, torch.view(w[at], [128, 256])))
      x = torch.silu(torch.linear(x, torch.view(w[at+1], [128, 128])))
  return x

# What the mask ratios r (B) tell the blocks, as time.py has it.
def train_time(self, w: List[Tensor], r: Tensor, net: List[int]) -> List[Tensor]:
  D, at, time = net[1], 2 - net[7] + 4*net[2], net[12]
  out = annotate(List[Tensor], [])
  if time > 0:
    x = self.train_told(w, at, r, net)
    if time == 3:
      out = self.time_modulations(torch.linear(x, torch.view(w[at+2], [-1, 128])), D)
    else:
      _ = torch.append(out, x)
  return out

# h / rms(h). On the CPU the library composes its own norm of more passes than this one.
def train_norm(self, h: Tensor, eps: float) -> Tensor:
  if h.is_cuda:
    x = torch.rms_norm(h, [torch.size(h, -1)], None, eps)
  else:
    x = self.normed(h, eps)
  return x

# h + gamma · x, or with modulations m h + (gate at m[i]) · gamma · x
def train_add(self, h: Tensor, x: Tensor, m: List[Tensor], i: int, gamma: float) -> Tensor:
  if torch.len(m) > 1:
    h = torch.addcmul(h, x, m[i], value=gamma)
  else:
    h = torch.add(h, x, alpha=gamma)
  return h

# What a noisy and a clean copy of tokens may attend to, (T, T), for blocks (T/2) numbered ascending (Arriola et al. 2025,
# fig. 1): a noisy token its own noisy block and the clean blocks before it, a clean one the clean blocks up to its own.
def train_block_mask(self, blocks: Tensor) -> Tensor:
  query, key = torch.unsqueeze(blocks, 1), torch.unsqueeze(blocks, 0)
  own, before, reached = torch.eq(key, query), torch.lt(key, query), torch.le(key, query)
  noisy = torch.cat([own, before], 1)
  clean = torch.cat([torch.zeros_like(reached), reached], 1)
  return torch.cat([noisy, clean], 0)

# Query, key and value (H*E, K*E and K*E, D) as products take them, from one matrix: with the gain of the norm before
# them folded in, query and key in pairs.
def train_queries(self, w: Tensor, gain: Tensor, net: List[int]) -> List[Tensor]:
  D, H, K, E = net[1], net[3], net[4], net[5]
  wqk, wv = torch.split_with_sizes(torch.mul(torch.view(w, [(H+2*K)*E, D]), gain), [(H+K)*E, K*E])
  wq, wk = torch.split_with_sizes(self.train_pairs(wqk, E), [H*E, K*E])
  return [wq, wk, wv]

# Gate and up (F, D) from one matrix, likewise.
def train_ups(self, w: Tensor, gain: Tensor, net: List[int]) -> List[Tensor]:
  D, F = net[1], net[6]
  return torch.split_with_sizes(torch.mul(torch.view(w, [2*F, D]), gain), [F, F])

# x·wᵀ for w[i], and what its adapter adds: ab holds two narrow matrices of every w, or nothing.
def train_linear(self, x: Tensor, w: List[Tensor], ab: List[Tensor], i: int) -> Tensor:
  y = torch.linear(x, w[i])
  if torch.len(ab) > 0:
    y = torch.add(y, torch.linear(torch.linear(x, ab[2*i]), ab[2*i+1]))
  return y

# The stream (B, T, D) behind a block's attention. w: query, key, value, output; m[i]: its modulations, if there are any;
# mask: what may be attended to (T, T), or none where attention itself says it.
def train_attention(self, h: Tensor, w: List[Tensor], ab: List[Tensor], m: List[Tensor], i: int, mask: Optional[Tensor], rotation: Tensor, net: List[int], eps: float, gamma: float, dropout: float, attention_dropout: float) -> Tensor:
  H, K, E, attention = net[3], net[4], net[5], net[8]
  B, T = torch.size(h, 0), torch.size(h, 1)
  x = self.modulated(self.train_norm(h, eps), m, i)
  q = self.train_rotate(self.train_linear(x, w, ab, 0), rotation)  # (B, H, T, E)
  k = self.train_rotate(self.train_linear(x, w, ab, 1), rotation)  # (B, K, T, E)
  v = torch.transpose(torch.view(self.train_linear(x, w, ab, 2), [B, T, K, E]), 1, 2)
  if attention == 2:
    if H != K:
      # No kernel of a GPU takes a mask and shared keys together without building all weights.
      k = torch.repeat_interleave(k, torch.floordiv(H, K), 1)
      v = torch.repeat_interleave(v, torch.floordiv(H, K), 1)
  a = torch.scaled_dot_product_attention(q, k, v, mask, attention_dropout, torch.eq(attention, 1), scale=None, enable_gqa=torch.ne(torch.size(k, 1), H))
  a = torch.reshape(torch.transpose(a, 1, 2), [B, T, H*E])
  return self.train_add(h, torch.dropout(self.train_linear(a, w, ab, 3), dropout, True), m, i+2, gamma)

# The stream behind a block's feed-forward layer. w: gate, up, down.
def train_feed_forward(self, h: Tensor, w: List[Tensor], ab: List[Tensor], m: List[Tensor], i: int, eps: float, gamma: float, dropout: float) -> Tensor:
  x = self.modulated(self.train_norm(h, eps), m, i)
  u = torch.mul(torch.silu(self.train_linear(x, w, ab, 0)), self.train_linear(x, w, ab, 1))
  return self.train_add(h, torch.dropout(self.train_linear(u, w, ab, 2), dropout, True), m, i+2, gamma)

# The residual stream after the last block, before its norm, from what the blocks read: (B, T, D) -> (B, T, D). mask: what
# may be attended to (T, T), or none where attention itself says it.
def train_trunk(self, w: List[Tensor], embedded: Tensor, m: List[Tensor], mask: Optional[Tensor], angles: Tensor, net: List[int], eps: float, dropout: float, attention_dropout: float) -> Tensor:
  D, L, H, E, F = net[1], net[2], net[3], net[5], net[6]
  first = 2 - net[7]
  gains = torch.len(w) - 2*L - 1
  rotation = torch.view_as_complex(angles)
  none = annotate(List[Tensor], [])
  h = torch.dropout(embedded, dropout, True)
  for i in range(L):
    j = first + 4*i
    attention = self.train_queries(w[j], w[gains+2*i], net)
    _ = torch.append(attention, torch.view(w[j+1], [D, H*E]))
    h = self.train_attention(h, attention, none, m, 6*i, mask, rotation, net, eps, 1., dropout, attention_dropout)
    feed = self.train_ups(w[j+2], w[gains+2*i+1], net)
    _ = torch.append(feed, torch.view(w[j+3], [D, F]))
    h = self.train_feed_forward(h, feed, none, m, 6*i+3, eps, 1., dropout)
  return h

# The normed stream (R, D) at the rows that are asked about, from the stream h; the last two of m are the final norm's.
def train_asked(self, h: Tensor, rows: Tensor, gain: Tensor, m: List[Tensor], eps: float) -> Tensor:
  T, D = torch.size(h, 1), torch.size(h, 2)
  h = torch.index_select(torch.view(h, [-1, D]), 0, rows)
  if torch.len(m) > 1:
    b = torch.floor_divide(rows, T)
    shift, scale = torch.squeeze(m[torch.len(m) - 2], 1), torch.squeeze(m[torch.len(m) - 1], 1)  # (B, D)
    h = self.train_norm(h, eps)
    h = torch.addcmul(torch.index_select(shift, 0, b), h, torch.index_select(scale, 0, b))
    x = torch.mul(h, gain)
  else:
    x = torch.rms_norm(h, [D], gain, eps)
  return x

# The normed stream at the rows that are asked about: (R, D). r: mask ratios (B), read if the network is told them, or the
# blocks of tokens (T/2) under block-causal attention.
def train_rows(self, p: Tensor, embedded: Tensor, rows: Tensor, r: Tensor, angles: Tensor, net: List[int], eps: float, dropout: float, attention_dropout: float) -> Tensor:
  w = self.train_weights(p, net)
  m = self.train_time(w, r, net)
  if torch.len(m) == 1:
    embedded = torch.add(embedded, m[0])
  mask = annotate(Optional[Tensor], None)
  if net[8] == 2:
    mask = self.train_block_mask(r)
  h = self.train_trunk(w, embedded, m, mask, angles, net, eps, dropout, attention_dropout)
  return self.train_asked(h, rows, w[torch.len(w) - 1], m, eps)

# The noise of embeddings: standard normal, of the shape of x, float32. The first that a step draws.
def embedding_noise(self, x: Tensor) -> Tensor:
  return torch.randn_like(x, dtype=6)

# signal · embedded + amount · s · noise, all (B, T, D) but signal and amount (B·T); s: the size of what the table holds.
def noised(self, embedded: Tensor, noise: Tensor, signal: Tensor, amount: Tensor, table: Tensor) -> Tensor:
  T = torch.size(embedded, 1)
  size = torch.div(torch.norm(table), float(torch.numel(table))**0.5)
  shift = torch.mul(noise, torch.mul(torch.view(amount, [-1, T, 1]), size))
  return torch.to(torch.addcmul(shift, embedded, torch.view(signal, [-1, T, 1])), embedded.dtype)

# Adds the gradient of sum(weights * squared error) of a linear layer's prediction of noise (R, D) from the normed rows
# x (R, D) to acc and to dx, and the loss to the cursor's line of stats. The layer lies before the gains of p.
def train_noise(self, p: Tensor, acc: Tensor, stats: Tensor, cursor: Tensor, x: Tensor, dx: Tensor, noise: Tensor, weights: Tensor, net: List[int]) -> Tensor:
  D, n = net[1], torch.numel(p)
  hi = n - (2*net[2]+1)*D
  lo = hi - D*D
  w = torch.view(torch.slice(p, 0, lo, hi), [D, D])
  error = torch.sub(torch.to(torch.linear(x, w), 6), noise)
  loss = torch.sum(torch.mul(torch.mean(torch.mul(error, error), [1]), weights))
  _ = torch.index_add_(torch.slice(stats, 1, 0, 1), 0, cursor, torch.view(loss, [1, 1]))
  g = torch.to(torch.mul(error, torch.unsqueeze(weights, 1) * (2. / float(D))), x.dtype)
  _ = torch.add_(torch.view(torch.slice(acc, 0, lo, hi), [D, D]), torch.matmul(torch.t(g), x))
  return torch.add_(dx, torch.matmul(g, w))

# Slope of the entropy H of q = softmax(z / t) by logits z (R, V): dH/dz = -q (log q + H) / t, float32.
def entropy_slope(self, z: Tensor, t: float) -> Tensor:
  q = torch.log_softmax(torch.div(torch.to(z, 6), t), -1)
  p = torch.exp(q)
  # A token that cannot be has probability 0 and counts nothing; the logarithm is as for the smallest normal float32.
  q = torch.clamp(q, -87.)
  h = torch.neg(torch.sum(torch.mul(p, q), [-1], True))
  return torch.mul_(torch.mul_(torch.add_(q, h), p), -1. / t)

# Differentiates the head by hand, chunk by chunk of the normed rows xs (R, D), so that all logits never exist at once:
# dCE/dz = softmax(z) - onehot(target). Writes the gradient of sum(weights * CE) by xs to dx, adds that by the head (V, D)
# to dhead, a list that is empty if it does not learn, and adds (loss, sum of CE) to the cursor's line of stats.
# certainty = [weight, temperature]: what entropy costs where the target is the most probable token; no part of the loss.
def train_head(self, xs: Tensor, dx: Tensor, head: Tensor, dhead: List[Tensor], stats: Tensor, cursor: Tensor, targets: Tensor, weights: Tensor, mask: int, chunk: int, certainty: List[float]) -> Tensor:
  dtype = xs.dtype
  for i in range(torch.floordiv(torch.numel(weights)+chunk-1, chunk)):
    lo, hi = i*chunk, i*chunk+chunk
    xc = torch.slice(xs, 0, lo, hi)
    wc = torch.slice(weights, 0, lo, hi)
    tc = torch.unsqueeze(torch.slice(targets, 0, lo, hi), 1)
    z = torch.linear(xc, head)
    if torch.ge(mask, 0):
      _ = torch.fill_(torch.select(z, 1, mask), -inf)
    g = torch.softmax(z, -1, 6)
    # The smallest normal float32 stands for what is smaller: no loss is above 87 nats.
    ce = torch.neg(torch.log(torch.clamp(torch.squeeze(torch.gather(g, 1, tc), 1), 1.1754943508222875e-38)))
    sums = torch.stack([torch.sum(torch.mul(ce, wc)), torch.sum(torch.mul(ce, torch.gt(wc, 0)))])
    _ = torch.index_add_(torch.slice(stats, 1, 0, 2), 0, cursor, torch.unsqueeze(sums, 0))
    g = torch.scatter_add_(g, 1, tc, torch.full_like(tc, -1, dtype=6))
    if torch.gt(certainty[0], 0.):
      right = torch.eq(torch.argmax(z, 1, True), tc)
      g = torch.add_(g, torch.mul(self.entropy_slope(z, certainty[1]), right), alpha=certainty[0])
    g = torch.to(g, dtype)
    # Weights go to the narrow side of both products.
    wide = torch.unsqueeze(wc, 1)
    _ = torch.copy_(torch.slice(dx, 0, lo, hi), torch.mul(torch.matmul(g, head), wide))
    if torch.len(dhead) > 0:
      _ = torch.add_(dhead[0], torch.matmul(torch.t(g), torch.to(torch.mul(xc, wide), dtype)))
  return dx

# Adds the gradient of sum(weights * CE), and of the noise's error if it is predicted, to acc, and (loss, sum of CE, 0, 0)
# to the cursor's line of stats. packed: int32, ids (B*T) then rows (R) then targets (R); floats: as StepInputs packs
# them; real = [eps, dropout, attention dropout, certainty's weight and temperature]
def train_micro(self, p: Tensor, acc: Tensor, stats: Tensor, cursor: Tensor, packed: Tensor, floats: List[Tensor], angles: Tensor, net_tensor: Tensor, real: Tensor) -> Tensor:
  net = self.train_ints(net_tensor)
  V, D, tied, mask, dtype, chunk, mode = net[0], net[1], net[7], net[9], net[10], net[11], net[14]
  weights = floats[0]
  eps, dropout, attention_dropout = float(torch.select(real, 0, 0)), float(torch.select(real, 0, 1)), float(torch.select(real, 0, 2))
  R, T = torch.numel(weights), torch.size(angles, 0)
  BT = torch.numel(packed) - 2*R
  ids = torch.view(torch.slice(packed, 0, 0, BT), [-1, T])
  rows = torch.slice(packed, 0, BT, BT+R)
  targets = torch.to(torch.slice(packed, 0, BT+R, BT+2*R), 4)
  torch.set_grad_enabled(True)
  leaf = torch.requires_grad_(torch.detach(torch.to(p, dtype)), True)
  table = torch.view(torch.slice(torch.detach(leaf), 0, 0, V*D), [V, D])
  embedded = torch.requires_grad_(torch.detach(torch.embedding(table, ids)), True)
  read = embedded
  noise = embedded
  if mode > 0:
    noise = self.embedding_noise(torch.detach(embedded))  # (B, T, D)
    read = self.noised(embedded, noise, floats[1], floats[2], torch.slice(p, 0, 0, V*D))
  x = self.train_rows(leaf, read, rows, floats[torch.len(floats) - 1], angles, net, eps, dropout, attention_dropout)
  xs = torch.detach(x)
  at = V*D*(1-tied)
  head = torch.view(torch.slice(torch.detach(leaf), 0, at, at+V*D), [V, D])
  dhead = torch.view(torch.slice(acc, 0, at, at+V*D), [V, D])
  if mode == 3:
    dx = torch.zeros_like(xs)
  else:
    certainty = [float(torch.select(real, 0, 3)), float(torch.select(real, 0, 4))]
    dx = self.train_head(xs, torch.empty_like(xs), head, [dhead], stats, cursor, targets, weights, mask, chunk, certainty)
  if mode > 1:
    noise = torch.index_select(torch.view(noise, [-1, D]), 0, rows)
    _ = self.train_noise(torch.detach(leaf), acc, stats, cursor, xs, dx, noise, floats[3], net)
  seeds = annotate(List[Optional[Tensor]], [])
  _ = torch.append(seeds, dx)
  grads = torch.grad([x], [leaf, embedded], seeds)
  torch.set_grad_enabled(False)
  # In float32 whatever the rest is in: the mask's row is the sum over half of all places.
  dembedded = torch.to(unchecked_cast(Tensor, grads[1]), 6)
  dtable = torch.embedding_dense_backward(dembedded, ids, V, -1, False)
  _ = torch.add_(torch.view(torch.slice(acc, 0, 0, V*D), [V, D]), dtable)
  return torch.add_(acc, unchecked_cast(Tensor, grads[0]))

# One AdamW step with the gradient in acc, which is cleared; t = [p, acc, m, v, ema, step, stats, cursor].
# A gradient that is not finite changes nothing but the count of skipped steps (last column of stats).
def train_update(self, t: List[Tensor], decayed: int, rate: float, beta1: float, beta2: float, epsilon: float, decay: float, clip: float, ema_decay: float) -> List[Tensor]:
  p, acc, m, v, ema, step, stats, cursor = t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]
  norm = torch.norm(acc)
  bad = torch.to(torch.logical_not(torch.isfinite(norm)), 6)
  scale = torch.ones_like(norm)
  if torch.gt(clip, 0.):
    scale = torch.clamp(torch.div(norm, clip), 1.)
  _ = torch.add_(step, torch.rsub(bad, 1))
  none = annotate(List[Tensor], [])
  changed = annotate(List[Tensor], [])
  n = torch.numel(p)
  for part in range(2):
    lo, hi, wd = decayed, n, 0.
    if torch.eq(part, 0):
      lo, hi, wd = 0, decayed, decay
    ps = [torch.slice(p, 0, lo, hi)]
    # A stage may train matrices alone.
    if torch.gt(hi, lo):
      torch._fused_adamw_(ps, [torch.slice(acc, 0, lo, hi)], [torch.slice(m, 0, lo, hi)], [torch.slice(v, 0, lo, hi)], none, [step], lr=rate, beta1=beta1, beta2=beta2, weight_decay=wd, eps=epsilon, amsgrad=False, maximize=False, grad_scale=scale, found_inf=bad)
    # Used afterwards, or the interpreter would take the lists for dead and leave the call out.
    changed = torch.append(changed, ps[0])
  if torch.gt(ema_decay, 0.):
    _ = torch.lerp_(ema, p, torch.mul(torch.rsub(bad, 1), 1. - ema_decay))
  _ = torch.index_add_(torch.slice(stats, 1, 2, 4), 0, cursor, torch.unsqueeze(torch.stack([norm, bad]), 0))
  _ = torch.add_(cursor, 1)
  _ = torch.zero_(acc)
  return changed

# Empties what steps have written; a NaN too, which subtraction would keep.
def train_clear(self, stats: Tensor, cursor: Tensor) -> Tensor:
  _ = torch.zero_(stats)
  return torch.zero_(cursor)

# Cross-entropy in nats of the targets at normed rows x (R, D): float32 (R).
def train_row_losses(self, x: Tensor, head: Tensor, targets: Tensor, mask: int, chunk: int) -> Tensor:
  out = annotate(List[Tensor], [])
  for i in range(torch.floordiv(torch.size(x, 0)+chunk-1, chunk)):
    lo, hi = i*chunk, i*chunk+chunk
    z = torch.linear(torch.slice(x, 0, lo, hi), head)
    if torch.ge(mask, 0):
      _ = torch.fill_(torch.select(z, 1, mask), -inf)
    g = torch.log_softmax(z, -1, 6)
    _ = torch.append(out, torch.neg(torch.squeeze(torch.gather(g, 1, torch.unsqueeze(torch.slice(targets, 0, lo, hi), 1)), 1)))
  return torch.cat(out)

# Cross-entropy in nats at every row: float32 (R). Nothing is dropped.
def train_score(self, p: Tensor, packed: Tensor, rows: int, floats: List[Tensor], angles: Tensor, net: List[int], eps: float) -> Tensor:
  V, D, tied, mask, dtype, chunk = net[0], net[1], net[7], net[9], net[10], net[11]
  T = torch.size(angles, 0)
  BT = torch.numel(packed) - 2*rows
  ids = torch.view(torch.slice(packed, 0, 0, BT), [-1, T])
  q = torch.to(p, dtype)
  embedded = torch.embedding(torch.view(torch.slice(q, 0, 0, V*D), [V, D]), ids)
  x = self.train_rows(q, embedded, torch.slice(packed, 0, BT, BT+rows), floats[torch.len(floats) - 1], angles, net, eps, 0., 0.)
  targets = torch.to(torch.slice(packed, 0, BT+rows, BT+2*rows), 4)
  at = V*D*(1-tied)
  head = torch.view(torch.slice(q, 0, at, at+V*D), [V, D])
  return self.train_row_losses(x, head, targets, mask, chunk)
