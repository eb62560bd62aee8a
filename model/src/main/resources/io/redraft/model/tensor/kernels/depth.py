# Denoising steps of depth-as-time networks, which run some blocks. Shapes as in denoise.py.

# One step over canvases ids (B, T) with the blocks from first to last, the latter excluded. entries, int32 (B, T) or
# empty: where the stream is carried through depth steps of `each` blocks, a position's token is written into it before
# the blocks of depth step entries; before that it is a mask. 0 is there from the first.
def denoise_blocks(self, w: List[List[Tensor]], ids: Tensor, entries: Tensor, first: int, last: int, each: int, asked: Tensor, line: Tensor, real: Tensor, runs: List[int], depths: List[int], shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  time = annotate(List[Tensor], [])
  kept, caches = annotate(List[int], []), annotate(List[List[Tensor]], [])
  carried = torch.numel(entries) > 0
  now = self.embedded(w, ids, time)  # (B, T, D)
  h = now
  if carried:
    h = self.embedded(w, torch.masked_fill(ids, entries > 0, mask), time)
  for block in range(first, last - 1):
    h = self.written_back(h, now, entries, carried, block, each)
    a = self.attend(self.whole_inputs(w, h, kept, caches, time, block, shape, eps, packed), shape, span)
    h = self.after_attention(a, h, w, time, block, eps, packed)
  h = self.written_back(h, now, entries, carried, last - 1, each)
  a = self.attend(self.whole_inputs(w, h, kept, caches, time, last - 1, shape, eps, packed), shape, span)
  # As the end of any network's last block: only at positions that are asked about.
  a = torch.index_select(torch.flatten(torch.transpose(a, 1, 2), 0, 1), 0, asked)  # (A, H, E)
  h = torch.unsqueeze(torch.index_select(torch.flatten(h, 0, 1), 0, asked), 1)  # (A, 1, D)
  h = self.feed_forward(torch.unsqueeze(torch.flatten(a, 1, 2), 1), h, w, time, last - 1, eps, packed)
  rows = torch.select(line, 0, 0)
  return self.candidates(w, self.rows_of(h, rows, rows, time, eps), line, real, runs, depths, mask, packed)

# The stream h (B, T, D) that enters a block, with the embeddings `now` of the tokens that enter there.
def written_back(self, h: Tensor, now: Tensor, entries: Tensor, carried: bool, block: int, each: int) -> Tensor:
  if carried and block > 0:
    if block % each == 0:
      h = torch.where(torch.unsqueeze(entries == block // each, -1), now, h)
  return h
