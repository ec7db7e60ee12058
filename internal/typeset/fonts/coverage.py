"""Rewrites the Coverage tables of font files as plain lists of glyphs (OpenType's Coverage format 1).

go-text v0.3.5 loses glyphs of a Coverage made of ranges (format 2): harfbuzz/set_digest.go addRange returns as soon as one of
its three bit masks is full, so later ranges never reach the other two, and a lookup then passes over glyphs that it covers.
Seen as Telugu anusvara standing too far from a subjoined letter. A list takes another path, which is right.
"""
import sys

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import otTables


def pre_write(self, font):
    glyphs = getattr(self, "glyphs", [])
    ids = font.getGlyphIDMany(glyphs)
    if ids != sorted(ids):
        sys.exit("a Coverage is not in glyph order: its lookup's values would move to other glyphs")
    self.Format = 1
    return {"GlyphArray": glyphs}


otTables.Coverage.preWrite = pre_write
for name in sys.argv[1:]:
    font = TTFont(name, lazy=False, recalcTimestamp=False)
    for tag in "GSUB", "GPOS", "GDEF":
        if tag in font:
            font[tag].ensureDecompiled()
    font.save(name)
