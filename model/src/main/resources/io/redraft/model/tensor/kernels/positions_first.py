# The forward pass over whole canvases where matrices are not packed: on a GPU. What takes time there besides the matrix
# products is reading and writing activations, and launches. The stream is (T, B, D), positions first: then the heads of
# all canvases at a position are the rows of one matrix, and rotating them is its product with a small one, one launch
# that reads and writes queries and keys once.

# Matrices (T, E, E) that rotate a head x (E) at each position, of cos and sin (T, 1, E): the product x·R has at j
# x[j] · cos[j] + x[(j + E/2) mod E] · sin[j].
def rotations(self, cos: Tensor, sin: Tensor) -> Tensor:
  half = torch.size(cos, -1) // 2
  return torch.add_(torch.roll(torch.diag_embed(torch.squeeze(sin, 1)), [half], [1]), torch.diag_embed(torch.squeeze(cos, 1)))

# The queries, keys and values of a block, of the normed stream x (T, B, D): (B, H, T, E), (B, K, T, E), (B, K, T, E), as
# views.
def turned_inputs(self, x: Tensor, w: List[Tensor], turns: Tensor, shape: List[int]) -> List[Tensor]:
  T, B, H, K, E = torch.size(x, 0), torch.size(x, 1), shape[0], shape[1], shape[2]
  qk = torch.bmm(torch.view(torch.linear(x, w[0]), [T, -1, E]), turns)  # (T, B·(H+K), E)
  qk = torch.view(qk, [T, B, H + K, E])
  q = torch.permute(torch.slice(qk, 2, 0, H), [1, 2, 0, 3])
  k = torch.permute(torch.slice(qk, 2, H, H + K), [1, 2, 0, 3])
  v = torch.permute(torch.view(torch.linear(x, w[1]), [T, B, K, E]), [1, 2, 0, 3])
  return [q, k, v]

# As trunk, but the stream is (T, B, D).
def positions_first(self, w: List[List[Tensor]], ids: Tensor, kept: List[int], caches: List[List[Tensor]], time: List[Tensor], shape: List[int], eps: float, span: int) -> Tensor:
  T = torch.size(ids, 1)
  turns = self.rotations(torch.slice(w[2][0], 0, 0, T), torch.slice(w[2][1], 0, 0, T))
  told = annotate(List[Tensor], [])
  for t in time:
    _ = torch.append(told, torch.transpose(t, 0, 1))  # (1, B, D)
  grouped = shape[0] != shape[1]
  sees = annotate(Optional[Tensor], None)
  if span > 1:
    own = torch.floor_divide(torch.arange(T, dtype=4, device=ids.device), span)
    sees = torch.unsqueeze(own, 1) >= torch.unsqueeze(own, 0)  # (T, T)
  h = torch.embedding(w[0][0], torch.contiguous(torch.t(ids)))  # (T, B, D)
  if torch.len(told) == 1:
    h = h + told[0]
  for block in range(shape[3]):
    x = self.modulated(self.device_normed(h, eps, False), told, 6*block)
    qkv = self.turned_inputs(x, w[3 + 5*block], turns, shape)
    _ = self.keep(qkv[1], qkv[2], kept, caches, block)
    a = torch.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], sees, 0., span == 1, scale=None, enable_gqa=grouped)
    h = self.after_attention(torch.transpose(a, 0, 2), h, w, told, block, eps, False)
  return h
