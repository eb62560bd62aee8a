# Drawing tokens from logits. Rows are independent of each other in every operation here, so that a row
# gives the same result in any company. A single row is never passed alone: a reduction to one number may
# be split among threads.

# CounterRandom's mix of io.redraft.model.decode, in place: x int64, arithmetic wraps; a signed shift is masked
# into an unsigned one.
def mix(self, x: Tensor) -> Tensor:
  x = torch.mul_(torch.bitwise_xor_(x, torch.bitwise_and_(x >> 30, 17179869183)), -4658895280553007687)
  x = torch.mul_(torch.bitwise_xor_(x, torch.bitwise_and_(x >> 27, 137438953471)), -7723592293110705685)
  return torch.bitwise_xor_(x, torch.bitwise_and_(x >> 31, 8589934591))

# CounterRandom.uniform of keys (R, 1) and token ids, (V) or (R, n), all int64: float64 in (0, 1).
def uniform(self, keys: Tensor, tokens: Tensor) -> Tensor:
  bits = self.mix((tokens + 1) * -7046029254386353131 + keys) >> 11
  bits = torch.bitwise_or_(torch.bitwise_and_(bits, 9007199254740991), 1)
  return torch.mul_(torch.to(bits, 7), 1.1102230246251565e-16)

# Scores (R, n) of Gumbel-max as a race of exponentials, the least of which wins: argmax of weight / -log u is argmax of
# log weight - log(-log u). weights (R, n) float64, not normalised; u (R, n) float64; both are spent.
def race(self, weights: Tensor, u: Tensor) -> Tensor:
  return torch.div_(weights, torch.log_(u))

# Weights in float64 of logits z (R, n), of which best (R, 1) is the largest: it weighs 1.
def weights(self, z: Tensor, best: Tensor, temperature: Tensor) -> Tensor:
  return torch.exp_(torch.div_(torch.sub_(torch.to(z, 7), best), temperature))

# Token ids (R, 1) drawn from logits z (R, V), float32, at temperature (R, 1), float64, with keys (R, 1) int64: from all where
# limit is 0, otherwise from those that top-k and then top-p keep, k (R, 1) int64 below limit, 0 for all, and p (R, 1) float64.
def draw(self, z: Tensor, keys: Tensor, temperature: Tensor, k: Tensor, p: Tensor, limit: int) -> Tensor:
  best = torch.amax(z, [-1], True)
  if limit == 0:
    return self.draw_among_all(z, best, keys, temperature, k, p, limit)
  mass = torch.sum(self.weights(z, best, temperature), [-1], True)
  most = min(limit - 1, 1023)
  top = self.draw_among_top(z, best, mass, keys, temperature, k, p, max(64, most + most // 4 + 1))
  tokens, beyond = top[0], top[1]
  if bool(torch.any(beyond)):
    rows = torch.view(torch.nonzero(beyond), [-1])
    rows = torch.cat([rows, torch.slice(rows, 0, 0, 1)])  # never one row alone
    drawn = self.draw_among_all(torch.index_select(z, 0, rows), torch.index_select(best, 0, rows), torch.index_select(keys, 0, rows), torch.index_select(temperature, 0, rows), torch.index_select(k, 0, rows), torch.index_select(p, 0, rows), limit)
    tokens = torch.index_copy_(tokens, 0, rows, drawn)
  return tokens

# The smallest weight (R, 1) that top-k and then top-p keep, of weights with the sum `mass` (R, 1) whose n largest
# are top (R, n), descending, and k below n. Equal weights are kept or dropped together. Where it lies beyond top it is at
# most top's last.
def cutoff(self, mass: Tensor, top: Tensor, k: Tensor, p: Tensor) -> Tensor:
  n = torch.size(top, 1)
  unlimited = k == 0
  least = torch.masked_fill(torch.gather(top, 1, torch.clamp(k - 1, 0, n - 1)), unlimited, 0.)  # (R, 1)
  kept = torch.masked_fill(top, top < least, 0.)
  held = torch.cumsum(kept, -1)
  total = torch.where(unlimited, mass, torch.slice(held, 1, n - 1, n))
  # A token stays while the tokens before it hold less than p of the mass.
  inside = held - kept < total * p
  nucleus = torch.amin(torch.masked_fill(kept, torch.logical_not(inside), 2.), [-1], True)
  return torch.maximum(least, torch.masked_fill(nucleus, p >= 1., 0.))

# draw's tokens (R, 1) where the 64 most probable ones, or a quarter more than k if those are more, hold all that is kept, which
# costs noise for n only; true (R) in rows where they do not, and where k is at least n.
def draw_among_top(self, z: Tensor, best: Tensor, mass: Tensor, keys: Tensor, temperature: Tensor, k: Tensor, p: Tensor, n: int) -> List[Tensor]:
  n = min(n, torch.size(z, 1))
  top, order = torch.topk(z, n)  # (R, n), descending
  top = self.weights(top, best, temperature)
  cutoff = self.cutoff(mass, top, k, p)
  # A token as probable as the last one that is kept, by top-k alone if there is that, may lie beyond these.
  last = torch.where(k == 0, cutoff, torch.gather(top, 1, torch.clamp(k - 1, 0, n - 1)))
  beyond = torch.logical_or(k >= n, last <= torch.gather(top, 1, torch.clamp(k + (k >> 2), 63, n - 1)))
  least, winner = torch.min(self.race(torch.masked_fill(top, top < cutoff, 0.), self.uniform(keys, order)), -1, True)
  return [torch.gather(order, 1, winner), torch.view(beyond, [-1])]

# draw's tokens (R, 1) by a race among all. 32 rows at a time, whose noise stays near a core; on a GPU as many as fill it.
def draw_among_all(self, z: Tensor, best: Tensor, keys: Tensor, temperature: Tensor, k: Tensor, p: Tensor, limit: int) -> Tensor:
  ids = torch.arange(torch.size(z, 1), dtype=4, device=z.device)
  out = annotate(List[Tensor], [])
  n = 32
  if z.is_cuda:
    n = max(16, 2097152 // torch.size(z, 1))
  R = torch.size(z, 0)
  for a in range(0, R - 1, n):
    b = a + n
    if b == R - 1:
      b = R  # never one row alone
    w = self.weights(torch.slice(z, 0, a, b), torch.slice(best, 0, a, b), torch.slice(temperature, 0, a, b))
    if limit > 1:
      w = self.heaviest(w, torch.slice(k, 0, a, b), limit - 1)
    u = self.uniform(torch.slice(keys, 0, a, b), ids)
    if limit == 0:
      least, winner = torch.min(self.race(w, u), -1, True)
    else:
      winner = self.kept_winner(w, self.race(torch.clone(w), u), torch.slice(p, 0, a, b))
    _ = torch.append(out, winner)
  return torch.cat(out)

# Weights w (R, V) with 0 in place of those lighter than the k-th heaviest of their row: k (R, 1) at most n, 0 for all.
def heaviest(self, w: Tensor, k: Tensor, n: int) -> Tensor:
  top, order = torch.topk(w, min(n, torch.size(w, 1)))
  least = torch.gather(top, 1, torch.clamp(k - 1, 0, torch.size(top, 1) - 1))
  return torch.masked_fill(w, w < torch.masked_fill(least, k == 0, 0.), 0.)

# Index (R, 1) of the winner of a race q (R, V) among the weights w (R, V) that top-p keeps, p (R, 1): those of which all heavier
# ones together hold less than p of the mass. Equal weights are kept or dropped together. Nothing is sorted: where the
# winner of all is not kept, nothing as light as it is, and the race goes on among the heavier ones.
def kept_winner(self, w: Tensor, q: Tensor, p: Tensor) -> Tensor:
  bound = torch.masked_fill(torch.sum(w, [-1], True) * p, p >= 1., inf)
  winners = torch.empty_like(bound, dtype=4)
  rows = torch.arange(torch.size(w, 0), dtype=4, device=w.device)
  while torch.size(rows, 0) > 0:
    least, winner = torch.min(q, -1, True)
    winners = torch.index_copy_(winners, 0, rows, winner)
    own = torch.gather(w, 1, winner)
    heavier = torch.sum(torch.masked_fill(w, w <= own, 0.), [-1], True)
    left = torch.view(torch.nonzero(torch.view(heavier >= bound, [-1])), [-1])
    if torch.size(left, 0) == 1:
      left = torch.cat([left, left])
    rows, w, bound = torch.index_select(rows, 0, left), torch.index_select(w, 0, left), torch.index_select(bound, 0, left)
    q = torch.masked_fill(torch.index_select(q, 0, left), w <= torch.index_select(own, 0, left), 0.)
  return winners

# What is reported about rows: z (R, V) float32, spent here; the tokens that stand there, (R, 1) or -1; the
# tokens drawn (R, 1), or nothing for the most probable ones.
# Returns int32 (3, R): token ids, then bits of float32 confidences and entropies in nats.
def report(self, z: Tensor, given: Tensor, drawn: Optional[Tensor]) -> Tensor:
  p = torch.softmax(z, -1)
  best, chosen = torch.max(z, -1, True)
  total = best - torch.log(torch.gather(p, 1, chosen))  # log of the sum of exp(z)
  if drawn is not None:
    chosen = drawn
  chosen = torch.where(given >= 0, given, chosen)
  confidence = torch.gather(p, 1, chosen)
  entropy = torch.clamp(total - torch.sum(torch.mul_(z, p), [-1], True), 0.)
  bits = torch.view_copy(torch.cat([confidence, entropy], 1), dtype=3)  # (R, 2)
  return torch.t(torch.cat([torch.to(chosen, 3), bits], 1))

# Logits of classifier-free guidance: u + scale · (z - u), of z and u (R, V), without and with the prompt hidden, and
# scale (R, 1). z is spent. One rounding an operation, so that a row has the same bits wherever it lies in memory.
def guided(self, z: Tensor, u: Tensor, scale: Tensor) -> Tensor:
  return torch.add_(torch.mul_(torch.sub_(z, u), torch.to(scale, 6)), u)

# Candidates for rows x (R, D) of the normed stream, in runs that share a head product. limits has an entry
# a run: -1 greedy, otherwise as in draw. x may have G rows more, (R + G, D): the
# last G of the R rows, which are whole runs, are guided by them.
# line, int64 (5, R): position of the row, key of its noise, k, token that stands there or -1, barred token;
# real, float64 (3, R): temperature, p, w + 1 of the guidance. Returns int32 (3, R) as report does.
def candidates(self, w: List[List[Tensor]], x: Tensor, line: Tensor, real: Tensor, runs: List[int], limits: List[int], mask: int, packed: bool) -> Tensor:
  out = annotate(List[Tensor], [])
  a = 0
  R = torch.size(line, 1)
  G = torch.size(x, 0) - R
  for i in range(torch.len(runs)):
    b = a + runs[i]
    n = torch.unsqueeze(torch.slice(line, 1, a, b), 2)  # (5, r, 1)
    t = torch.unsqueeze(torch.slice(real, 1, a, b), 2)  # (3, r, 1)
    z = self.head(w, torch.slice(x, 0, a, b), mask, packed)
    if a >= R - G:
      z = self.guided(z, self.head(w, torch.slice(x, 0, a + G, b + G), mask, packed), t[2])
    if mask >= 0:
      z = torch.scatter_(z, 1, n[4], -1e30)
    drawn = annotate(Optional[Tensor], None)
    if limits[i] >= 0:
      drawn = self.draw(z, n[1], t[0], n[2], t[1], limits[i])
    _ = torch.append(out, self.report(z, n[3], drawn))
    a = b
  return torch.cat(out, 1)
