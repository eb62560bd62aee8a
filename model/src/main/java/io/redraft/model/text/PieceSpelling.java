package io.redraft.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** How a vocabulary spells the bytes of its tokens; told by the decoder of its file. */
enum PieceSpelling {
  /** Every byte is a printable character, as GPT-2 has it. */
  BYTE_LEVEL {
    @Override
    byte[] bytes(String spelling) {
      byte[] bytes = ByteLevelAlphabet.bytes(spelling);
      return bytes != null ? bytes : utf8(spelling);
    }
  },
  /** {@code ##} begins what continues a word; everything else follows a space, as in BERT. */
  WORD_PIECE {
    @Override
    byte[] bytes(String spelling) {
      return utf8(spelling.startsWith("##") ? spelling.substring(2) : " " + spelling);
    }
  },
  /** {@code ▁} is a space and {@code <0xE2>} a byte, as in SentencePiece. */
  SENTENCE_PIECE {
    @Override
    byte[] bytes(String spelling) {
      if (spelling.matches("<0x[0-9A-F]{2}>")) {
        return HexFormat.of().parseHex(spelling, 3, 5);
      }
      return utf8(spelling.replace('▁', ' '));
    }
  },
  /** {@code </w>} ends a word, as in the first BPE. */
  END_OF_WORD {
    @Override
    byte[] bytes(String spelling) {
      return utf8(spelling.replace("</w>", " "));
    }
  },
  /** The characters stand for themselves. */
  PLAIN {
    @Override
    byte[] bytes(String spelling) {
      return utf8(spelling);
    }
  };

  /** The bytes of an ordinary token. */
  abstract byte[] bytes(String spelling);

  /** The spelling of a {@code tokenizer.json}. */
  static PieceSpelling of(JsonNode root) {
    JsonNode decoder = root.path("decoder");
    if (has(decoder, "ByteLevel")) {
      return BYTE_LEVEL;
    } else if (has(decoder, "WordPiece")) {
      return WORD_PIECE;
    } else if (has(decoder, "ByteFallback") || has(decoder, "Metaspace")) {
      return SENTENCE_PIECE;
    }
    return has(decoder, "BPEDecoder") ? END_OF_WORD : PLAIN;
  }

  /** The bytes of every token of a file; none for special tokens and unused ids. */
  byte[][] pieces(TokenizerFile file) {
    byte[][] pieces = new byte[file.spellings().length][];
    Arrays.fill(pieces, Pieces.NONE);
    for (int id = 0; id < pieces.length; id++) {
      if (file.spellings()[id] != null && !file.specials().contains(id)) {
        pieces[id] = bytes(file.spellings()[id]);
      }
    }
    return pieces;
  }

  private static boolean has(JsonNode decoder, String type) {
    if (decoder.path("type").asText().equals(type)) {
      return true;
    }
    for (JsonNode part : decoder.path("decoders")) {
      if (has(part, type)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
