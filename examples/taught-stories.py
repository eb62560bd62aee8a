"""Stories that the causal story model makes up, as text to train a denoiser on (llama-stories-blocks.yaml).

    python3 examples/taught-stories.py --model models/llama-stories-causal --data data --to data/taught.txt

A denoiser that learns from them writes what the causal model finds likely (sequence-level distillation, Kim and Rush 2016),
which leaves less to be undecided about, so that more tokens can be committed at a time. Every text begins with a few tokens
of a real story, from its opening or from inside; those of documents that a file of held-out ones names are left out. Texts
are sampled at the given temperatures in turn, from the smallest set of tokens with probability top-p, 256 tokens and 96
more behind the last 160 of them. What ends a story ends a document; pieces that only the length cut off are kept from 280
tokens on. Needs PyTorch, transformers, tokenizers, and a GPU: 160,000 texts take 3 minutes on an H100.
"""
import argparse
import json
import lzma
import struct
import time

import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

CONTEXT, KEPT, LEAST = 256, 160, 280


def model(folder):
    """The model of a folder with 8-bit weights, one float16 scale for 64 of them."""
    with open(folder + "/model.safetensors", "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()

    def read(name, dtype):
        a, b = header[name]["data_offsets"]
        return torch.frombuffer(bytearray(body[a:b]), dtype=dtype)

    weights = {}
    for name, entry in header.items():
        if name == "__metadata__" or name.endswith(".scales"):
            continue
        if entry["dtype"] == "I8":
            scales = read(name + ".scales", torch.float16).float()
            values = read(name, torch.int8).float().view(-1, 64) * scales[:, None]
        else:
            values = read(name, torch.float32)
        weights[name] = values.view(entry["shape"])
    with open(folder + "/config.json") as file:
        config = json.load(file)
    keys = ["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
            "intermediate_size", "max_position_embeddings", "rms_norm_eps", "rope_theta", "tie_word_embeddings"]
    network = LlamaForCausalLM(LlamaConfig(**{key: config[key] for key in keys}, bos_token_id=None, eos_token_id=0))
    network.load_state_dict(weights, strict=False)
    network.tie_weights()
    return network.cuda().to(torch.bfloat16).eval()


@torch.no_grad()
def go_on(network, ids, new, temperature, top_p):
    """ids (B, n) with so many sampled tokens behind them."""
    cache, last = None, ids
    for _ in range(new):
        out = network(input_ids=last, past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache = out.past_key_values
        logits = out.logits[:, -1].float() / temperature
        logits[:, 1] = -1e9  # the mask
        p, order = torch.sort(torch.softmax(logits, -1), -1, descending=True)
        p[torch.cumsum(p, -1) - p > top_p] = 0
        last = torch.gather(order, 1, torch.multinomial(p, 1))
        ids = torch.cat([ids, last], 1)
    return ids


def stories(folder, held):
    """The real stories but those that are held out."""
    for kind in ["child", "bedtime"]:
        with lzma.open(f"{folder}/synthetic_stories.{kind}.txt.xz", "rt") as file:
            for part in file.read().split("<start>")[1:]:
                story = part.split("<end>")[0].strip()
                if story not in held:
                    yield story


def pieces(ids):
    """Documents within sampled ids."""
    piece = []
    for token in ids + [None]:
        if token == 0 or token is None:
            if len(piece) >= LEAST or token == 0 and len(piece) >= 100:
                yield piece
            piece = []
        else:
            piece.append(token)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="models/llama-stories-causal")
    parser.add_argument("--data", default="data", help="folder of the real stories")
    parser.add_argument("--held-out", help="JSON lines with a text each that no prompt comes from")
    parser.add_argument("--to", default="data/taught.txt")
    parser.add_argument("--texts", type=int, default=160_000)
    parser.add_argument("--batch", type=int, default=6144)
    parser.add_argument("--temperatures", default="0.6,0.7,0.8")
    parser.add_argument("--top-p", type=float, default=0.9)
    args = parser.parse_args()
    held = set()
    if args.held_out:
        with open(args.held_out) as file:
            held = {json.loads(line)["text"].strip() for line in file}
    network, tokenizer = model(args.model), Tokenizer.from_file(args.model + "/tokenizer.json")
    flat = []
    for encoded in tokenizer.encode_batch(list(stories(args.data, held))):
        flat += [0] + encoded.ids
    flat = torch.tensor(flat)
    starts = (flat == 0).nonzero()[:, 0]
    temperatures = [float(t) for t in args.temperatures.split(",")]
    choose = torch.Generator().manual_seed(1)
    torch.manual_seed(2)
    texts, begun, turns = [], time.time(), 0
    while len(texts) < args.texts:
        temperature = temperatures[turns % len(temperatures)]
        turns += 1
        if torch.rand(1, generator=choose) < 0.5:
            given = int(torch.randint(1, 8, (1,), generator=choose))
            at = starts[torch.randint(0, len(starts), (args.batch,), generator=choose)]
        else:
            given = int(torch.randint(8, 40, (1,), generator=choose))
            at = torch.randint(0, len(flat) - CONTEXT, (args.batch,), generator=choose)
        ids = flat[at[:, None] + torch.arange(given)].cuda()
        ids = go_on(network, ids, CONTEXT - given, temperature, args.top_p)
        cut = CONTEXT - KEPT
        ids = torch.cat([ids[:, :cut], go_on(network, ids[:, cut:], cut, temperature, args.top_p)], 1)
        for row in ids.cpu().tolist():
            texts += pieces(row)
        print(len(texts), round(time.time() - begun), "s", flush=True)
    with open(args.to, "w") as file:
        for text in tokenizer.decode_batch(texts[: args.texts]):
            file.write("<start>" + text.strip() + "<end>\n")


main()
