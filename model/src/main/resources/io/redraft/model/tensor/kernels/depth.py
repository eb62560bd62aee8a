# Denoising steps of depth-as-time networks, which run some blocks. Shapes as in denoise.py.

# One step over canvases ids (B, T) with the blocks from first to last, the latter excluded. entries, int32 (B, T) or
# empty: where the stream is carried through depth steps of `each` blocks, a position's token is written into it before
# the blocks of depth step entries; before that it is a mask. 0 is there from the first.
# told, float32: the mask ratio that the pass is told of each canvas, (B, 1), or where carried that each of its depth
# steps is told, (B, steps). Not read by a network that is told nothing.
def denoise_blocks(self, w: List[List[Tensor]], ids: Tensor, entries: Tensor, told: Tensor, first: int, last: int, each: int, asked: Tensor, line: Tensor, real: Tensor, runs: List[int], limits: List[int], shape: List[int], eps: float, span: int, mask: int, packed: bool) -> Tensor:
  time = self.depth_signals(w, told, 0, shape, packed)
  kept, caches = annotate(List[int], []), annotate(List[List[Tensor]], [])
  carried = torch.numel(entries) > 0
  now = self.embedded(w, ids, time)  # (B, T, D)
  h = now
  if carried:
    h = self.embedded(w, torch.masked_fill(ids, entries > 0, mask), time)
  for block in range(first, last - 1):
    if carried and block > 0 and block % each == 0:
      time = self.depth_signals(w, told, block // each, shape, packed)
      now = self.embedded(w, ids, time)
    h = self.written_back(h, now, entries, carried, block, each)
    a = self.attend(self.whole_inputs(w, h, kept, caches, time, block, shape, eps, packed), shape, span)
    h = self.after_attention(a, h, w, time, block, eps, packed)
  if carried and last > 1 and (last - 1) % each == 0:
    time = self.depth_signals(w, told, (last - 1) // each, shape, packed)
    now = self.embedded(w, ids, time)
  h = self.written_back(h, now, entries, carried, last - 1, each)
  a = self.attend(self.whole_inputs(w, h, kept, caches, time, last - 1, shape, eps, packed), shape, span)
  # As the end of any network's last block: only at positions that are asked about.
  a = torch.index_select(torch.flatten(torch.transpose(a, 1, 2), 0, 1), 0, asked)  # (A, H, E)
  h = torch.unsqueeze(torch.index_select(torch.flatten(h, 0, 1), 0, asked), 1)  # (A, 1, D)
  time = self.time_at(time, asked, torch.size(ids, 1))
  h = self.feed_forward(torch.unsqueeze(torch.flatten(a, 1, 2), 1), h, w, time, last - 1, eps, packed)
  rows = torch.select(line, 0, 0)
  return self.candidates(w, self.rows_of(h, rows, rows, time, eps), line, real, runs, limits, mask, packed)

# What a depth step's blocks are told (time.py), of told as above; nothing without time conditioning.
def depth_signals(self, w: List[List[Tensor]], told: Tensor, step: int, shape: List[int], packed: bool) -> List[Tensor]:
  out = annotate(List[Tensor], [])
  if shape[4] > 0:
    out = self.ratio_signals(w, torch.contiguous(torch.select(told, 1, step)), shape, packed)
  return out

# The stream h (B, T, D) that enters a block, with the embeddings `now` of the tokens that enter there.
def written_back(self, h: Tensor, now: Tensor, entries: Tensor, carried: bool, block: int, each: int) -> Tensor:
  if carried and block > 0:
    if block % each == 0:
      h = torch.where(torch.unsqueeze(entries == block // each, -1), now, h)
  return h
