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

# Gumbel-max as a race of exponentials: argmax of weight / -log u is argmax of log weight - log(-log u).
# weights (R, n) float64, not normalised; u (R, n) float64; both are spent. Index of the winner: (R, 1).
def race(self, weights: Tensor, u: Tensor) -> Tensor:
  least, winner = torch.min(torch.div_(weights, torch.log_(u)), -1, True)
  return winner

# Weights in float64 of logits z (R, n), of which best (R, 1) is the largest: it weighs 1.
def weights(self, z: Tensor, best: Tensor, temperature: Tensor) -> Tensor:
  return torch.exp_(torch.div_(torch.sub_(torch.to(z, 7), best), temperature))

# Token ids (R, 1) drawn from logits z (R, V), float32, at temperature (R, 1), float64, with keys (R, 1) int64.
# 32 rows at a time, whose noise stays near a core; on a GPU as many as fill it.
def draw(self, z: Tensor, keys: Tensor, temperature: Tensor) -> Tensor:
  ids = torch.arange(torch.size(z, 1), dtype=4, device=z.device)
  best = torch.amax(z, [-1], True)
  out = annotate(List[Tensor], [])
  n = 32
  if z.is_cuda:
    n = max(16, 2097152 // torch.size(z, 1))
  for a in range(0, torch.size(z, 0), n):
    b = a + n
    weights = self.weights(torch.slice(z, 0, a, b), torch.slice(best, 0, a, b), torch.slice(temperature, 0, a, b))
    _ = torch.append(out, self.race(weights, self.uniform(torch.slice(keys, 0, a, b), ids)))
  return torch.cat(out)

# The smallest weight (R, 1) that top-k and then top-p keep, of weights with the sum `mass` (R, 1) whose n largest
# are top (R, n), descending. Equal weights are kept or dropped together. Where it lies beyond top it is at most
# top's last. Sums run along a row one by one (cumsum), so that they do not depend on n.
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

# The same as draw, after top-k and top-p, among the n most probable tokens: k (R, 1) int64, 0 for all; p (R, 1) float64;
# best (R, 1) and mass (R, 1) as weights and cutoff take them. Returns the tokens (R, 1) and, in rows where the n tokens do
# not hold all that is kept, true (R).
def draw_among(self, z: Tensor, best: Tensor, mass: Tensor, keys: Tensor, temperature: Tensor, k: Tensor, p: Tensor, n: int) -> List[Tensor]:
  top, order = torch.topk(z, n)  # (R, n), descending
  top = self.weights(top, best, temperature)
  cutoff = self.cutoff(mass, top, k, p)
  # A token as probable as the last one that is kept may lie beyond the n-th.
  beyond = torch.view(cutoff <= torch.slice(top, 1, n - 1, n), [-1])
  winner = self.race(torch.masked_fill(top, top < cutoff, 0.), self.uniform(keys, order))
  return [torch.gather(order, 1, winner), beyond]

# The same among all tokens. The `depth` most probable ones, more than the largest k, are looked at first, and eight times
# as many in rows where those do not hold what is kept, and so on.
def draw_filtered(self, z: Tensor, keys: Tensor, temperature: Tensor, k: Tensor, p: Tensor, depth: int) -> Tensor:
  V = torch.size(z, 1)
  n = min(depth, V)
  best = torch.amax(z, [-1], True)
  mass = torch.sum(self.weights(z, best, temperature), [-1], True)
  drawn = self.draw_among(z, best, mass, keys, temperature, k, p, n)
  tokens, beyond = drawn[0], drawn[1]
  while n < V and bool(torch.any(beyond)):
    n = min(8*n, V)
    wide = torch.view(torch.nonzero(beyond), [-1])
    rows = torch.cat([wide, torch.slice(wide, 0, 0, 1)])  # never one row alone
    drawn = self.draw_among(torch.index_select(z, 0, rows), torch.index_select(best, 0, rows), torch.index_select(mass, 0, rows), torch.index_select(keys, 0, rows), torch.index_select(temperature, 0, rows), torch.index_select(k, 0, rows), torch.index_select(p, 0, rows), n)
    tokens = torch.index_copy_(tokens, 0, rows, drawn[0])
    beyond = torch.index_copy_(torch.zeros_like(beyond), 0, rows, drawn[1])
  return tokens

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

# Candidates for rows x (R, D) of the normed stream, in runs that share a head product. depths has an entry
# a run: -1 greedy, 0 sampled without filters, otherwise as in draw_filtered. x may have G rows more, (R + G, D): the
# last G of the R rows, which are whole runs, are guided by them.
# line, int64 (5, R): position of the row, key of its noise, k, token that stands there or -1, barred token;
# real, float64 (3, R): temperature, p, w + 1 of the guidance. Returns int32 (3, R) as report does.
def candidates(self, w: List[List[Tensor]], x: Tensor, line: Tensor, real: Tensor, runs: List[int], depths: List[int], mask: int, packed: bool) -> Tensor:
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
    if depths[i] == 0:
      drawn = self.draw(z, n[1], t[0])
    if depths[i] > 0:
      drawn = self.draw_filtered(z, n[1], t[0], n[2], t[1], depths[i])
    _ = torch.append(out, self.report(z, n[3], drawn))
    a = b
  return torch.cat(out, 1)
