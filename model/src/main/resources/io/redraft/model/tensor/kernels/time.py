# How a network is told the mask ratio r of a sequence (io.redraft.model.nn.TimeConditioning), in training and in
# inference. What comes of r is a list of tensors (B, 1, D): none; one, added to every embedding; or 6L + 2 modulations,
# a block (shift, 1 + scale, 1 + gate) of attention and of the feed-forward layer, and (shift, 1 + scale) of the final
# norm. A modulation acts on the normed stream before the gain, which stays folded into the matrix behind it.
#
# In inference r is a canvas's share of masks, which is a function of that canvas alone; every product goes through
# project, whose rows do not depend on each other, so that a batch does not change what a canvas is told.

# Cosines and sines of 1000 r · 10000^(-i/128), i below 128: r (B) -> float32 (B, 256). In float64: angles reach 1000.
def time_features(self, r: Tensor) -> Tensor:
  frequency = torch.exp(torch.arange(0, 128, 1, dtype=7, device=r.device) * (-9.210340371976184 / 128.))
  angle = torch.unsqueeze(torch.to(r, 7) * 1000., 1) * frequency
  return torch.to(torch.cat([torch.cos(angle), torch.sin(angle)], 1), 6)

# The row that r (B) points at in a table (N, D) over [0, 1], interpolated between its neighbours: (B, D).
def time_row(self, table: Tensor, r: Tensor) -> Tensor:
  last = torch.size(table, 0) - 1
  place = torch.to(r, 6) * float(last)
  low = torch.clamp(torch.floor(place), 0, last - 1)
  part = torch.to(torch.unsqueeze(place - low, 1), table.dtype)
  low = torch.to(low, 4)
  a, b = torch.index_select(table, 0, low), torch.index_select(table, 0, low + 1)
  return a + (b - a) * part

# m (B, (6L + 2)·D) as 6L + 2 modulations (B, 1, D): every third one is a shift, 1 is added to the others.
def time_modulations(self, m: Tensor, D: int) -> List[Tensor]:
  m = torch.view(m, [torch.size(m, 0), -1, 1, D])
  one = torch.remainder(torch.arange(torch.size(m, 1), dtype=4, device=m.device), 3) > 0
  return torch.unbind(m + torch.view(torch.to(one, m.dtype), [-1, 1, 1]), 1)

# The list for canvases ids (B, T) of a prepared network. Pinned text counts as visible.
def time_signals(self, w: List[List[Tensor]], ids: Tensor, shape: List[int], mask: int, packed: bool) -> List[Tensor]:
  out = annotate(List[Tensor], [])
  if shape[4] > 0:
    r = torch.to(torch.sum(ids == mask, [1]), 6) / float(torch.size(ids, 1))  # (B)
    out = self.ratio_signals(w, r, shape, packed)
  return out

# The list for canvases with shares r (B) of masks, float32.
def ratio_signals(self, w: List[List[Tensor]], r: Tensor, shape: List[int], packed: bool) -> List[Tensor]:
  out = annotate(List[Tensor], [])
  kind, at, D, dtype = shape[4], 3 + 5*shape[3], torch.size(w[0][0], 1), w[0][0].dtype
  if kind > 0:
    if kind == 2:
      _ = torch.append(out, torch.unsqueeze(self.time_row(w[at][0], r), 1))
    else:
      x = torch.to(self.time_features(r), dtype)
      if kind == 1:
        x = x / 128.
        _ = torch.append(out, torch.unsqueeze(self.unpadded(self.project(x, w[at], packed), D), 1))
      else:
        x = torch.silu(self.project(x, w[at], packed))
        x = torch.silu(self.project(x, w[at+1], packed))
        m = self.unpadded(self.project(x, w[at+2], packed), (6*shape[3] + 2)*D)
        out = self.time_modulations(torch.contiguous(m), D)
  return out

# The normed x with the shift at m[i] and the scale behind it, if m holds modulations.
def modulated(self, x: Tensor, m: List[Tensor], i: int) -> Tensor:
  if torch.len(m) > 1:
    x = torch.addcmul(m[i], x, m[i+1])
  return x

# h + (gate at m[i]) · x·wᵀ, or h + x·wᵀ if m holds no modulations.
def project_into(self, x: Tensor, w: List[Tensor], h: Tensor, m: List[Tensor], i: int, packed: bool) -> Tensor:
  if torch.len(m) > 1:
    h = torch.addcmul(h, self.unpadded(self.project(x, w, packed), torch.size(h, -1)), m[i])
  else:
    h = self.project_add(x, w, h, packed)
  return h
