"""Draw assets/pictures/<category>.png: flat icons of our own, one per category of the demo shop.

    python -m venv .venv && .venv/bin/pip install Pillow==13.0.0
    .venv/bin/python scripts/pictures.py

Each icon is a filled disc with a white figure, drawn at four times its size and scaled down, on a
transparent ground, so that it stands on light and on dark.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = 256
SCALE = 4
OUT = Path(__file__).resolve().parent.parent / "assets" / "pictures"
WHITE = (255, 255, 255, 255)


class Canvas:
    """Shapes in units of the final picture (0..256); `ink` is the disc's colour for details."""

    def __init__(self, ink: str) -> None:
        self.image = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE), (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self.image)
        self.ink = ink
        self.ellipse((4, 4, 252, 252), ink)

    @staticmethod
    def _scaled(values: tuple) -> list:
        return [tuple(c * SCALE for c in v) if isinstance(v, tuple) else v * SCALE for v in values]

    def ellipse(self, box: tuple, fill: str | tuple = WHITE) -> None:
        self.draw.ellipse(self._scaled(box), fill=fill)

    def box(self, box: tuple, radius: float = 0, fill: str | tuple = WHITE) -> None:
        self.draw.rounded_rectangle(self._scaled(box), radius * SCALE, fill=fill)

    def polygon(self, points: tuple, fill: str | tuple = WHITE) -> None:
        self.draw.polygon(self._scaled(points), fill=fill)

    def line(self, points: tuple, width: float, fill: str | tuple = WHITE) -> None:
        self.draw.line(self._scaled(points), fill=fill, width=round(width * SCALE), joint="curve")
        for x, y in (points[0], points[-1]):
            r = width / 2
            self.ellipse((x - r, y - r, x + r, y + r), fill)

    def arc(self, box: tuple, start: float, end: float, width: float, fill: str | tuple = WHITE) -> None:
        self.draw.arc(self._scaled(box), start, end, fill=fill, width=round(width * SCALE))

    def pie(self, box: tuple, start: float, end: float, fill: str | tuple = WHITE) -> None:
        self.draw.pieslice(self._scaled(box), start, end, fill=fill)

    def leaf(self, start: tuple, end: tuple, width: float) -> None:
        """A pointed leaf from `start` to `end`, widest in the middle."""
        (x0, y0), (x1, y1) = start, end
        length = math.hypot(x1 - x0, y1 - y0)
        across = (-(y1 - y0) / length, (x1 - x0) / length)
        edge = []
        for side in (1, -1):
            for step in range(33):
                along = step / 32 if side == 1 else 1 - step / 32
                bulge = side * width / 2 * math.sin(math.pi * along)
                edge.append((x0 + (x1 - x0) * along + across[0] * bulge,
                             y0 + (y1 - y0) * along + across[1] * bulge))
        self.polygon(tuple(edge))

    def wave(self, x: float, top: float, bottom: float, swing: float, width: float) -> None:
        """A line of steam: one full wave from `top` to `bottom`."""
        points = []
        for step in range(33):
            along = step / 32
            points.append((x + swing * math.sin(2 * math.pi * along), top + (bottom - top) * along))
        self.line(tuple(points), width)

    def finished(self) -> Image.Image:
        return self.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def camping(c: Canvas) -> None:
    c.ellipse((168, 50, 200, 82))
    c.polygon(((118, 66), (46, 184), (190, 184)))
    c.polygon(((118, 112), (90, 184), (146, 184)), c.ink)
    c.line(((38, 190), (218, 190)), 10)
    c.line(((206, 184), (176, 130)), 6)


def phones(c: Canvas) -> None:
    c.box((84, 42, 172, 214), 18)
    c.box((94, 66, 162, 184), 4, c.ink)
    c.ellipse((121, 192, 135, 206), c.ink)
    c.box((114, 52, 142, 58), 3, c.ink)
    c.ellipse((106, 84, 150, 128))
    c.polygon(((121, 94), (121, 118), (142, 106)), c.ink)
    c.line(((106, 146), (150, 146)), 8)
    c.line(((106, 164), (134, 164)), 8)


def office(c: Canvas) -> None:
    c.box((56, 64, 200, 164), 10)
    c.box((68, 76, 188, 152), 3, c.ink)
    c.polygon(((36, 174), (220, 174), (208, 196), (48, 196)))
    c.box((110, 174, 146, 182), 3, c.ink)
    c.line(((84, 134), (110, 110), (130, 124), (168, 92)), 8)


def kitchen(c: Canvas) -> None:
    c.box((58, 108, 170, 188), 16)
    c.box((46, 92, 182, 108), 8)
    c.box((100, 74, 128, 92), 7)
    c.box((178, 120, 224, 136), 8)
    c.box((170, 122, 182, 134), 0)
    c.box((74, 124, 84, 166), 5, c.ink)


def coffee(c: Canvas) -> None:
    c.arc((150, 102, 212, 164), -90, 90, 14)
    c.box((58, 94, 178, 120), 6)
    c.pie((58, 36, 178, 192), 0, 180)
    c.box((44, 194, 192, 206), 6)
    for x in (88, 118, 148):
        c.wave(x, 42, 80, 6, 8)


def home(c: Canvas) -> None:
    c.box((40, 84, 56, 200), 7)
    c.box((200, 130, 216, 200), 7)
    c.box((40, 150, 216, 182), 8)
    c.box((66, 112, 116, 142), 13)
    c.pie((122, 112, 216, 200), 180, 360)
    c.box((110, 128, 169, 146), 8)
    c.ellipse((164, 42, 204, 82))
    c.ellipse((152, 34, 190, 72), c.ink)


def clothing(c: Canvas) -> None:
    c.polygon(((92, 58), (164, 58), (222, 98), (198, 136), (178, 124), (178, 204), (78, 204), (78, 124),
               (58, 136), (34, 98)))
    c.pie((100, 34, 156, 90), 0, 180, c.ink)
    c.line(((84, 188), (172, 188)), 5, c.ink)


def fitness(c: Canvas) -> None:
    c.box((84, 120, 172, 136), 4)
    c.box((70, 76, 94, 180), 9)
    c.box((162, 76, 186, 180), 9)
    c.box((48, 94, 66, 162), 8)
    c.box((190, 94, 208, 162), 8)
    c.box((34, 118, 48, 138), 5)
    c.box((208, 118, 222, 138), 5)


def toys(c: Canvas) -> None:
    c.box((50, 132, 124, 206), 8)
    c.box((132, 132, 206, 206), 8)
    c.box((91, 50, 165, 124), 8)
    c.polygon(((128, 66), (150, 108), (106, 108)), c.ink)
    c.ellipse((68, 150, 106, 188), c.ink)
    c.box((152, 152, 186, 186), 3, c.ink)


def garden(c: Canvas) -> None:
    c.polygon(((84, 152), (172, 152), (160, 212), (96, 212)))
    c.box((74, 140, 182, 160), 6)
    c.line(((128, 144), (128, 70)), 8)
    c.leaf((128, 118), (62, 84), 36)
    c.leaf((128, 104), (194, 70), 36)
    c.leaf((128, 92), (128, 32), 32)


def beauty(c: Canvas) -> None:
    c.box((76, 112, 152, 210), 14)
    c.box((100, 88, 128, 116), 3)
    c.box((82, 66, 146, 88), 8)
    c.box((132, 66, 168, 78), 5)
    c.box((88, 140, 140, 184), 4, c.ink)
    c.ellipse((172, 108, 200, 136))
    c.polygon(((174, 116), (186, 88), (198, 116)))


def pets(c: Canvas) -> None:
    c.ellipse((84, 122, 172, 198))
    c.ellipse((76, 160, 116, 204))
    c.ellipse((140, 160, 180, 204))
    for box in ((46, 100, 82, 148), (84, 56, 120, 110), (136, 56, 172, 110), (174, 100, 210, 148)):
        c.ellipse(box)


def other(c: Canvas) -> None:
    c.box((54, 92, 202, 206), 10)
    c.arc((92, 50, 164, 134), 180, 360, 12)
    c.box((92, 90, 104, 112), 0)
    c.box((152, 90, 164, 112), 0)
    c.arc((98, 120, 158, 180), 20, 160, 9, c.ink)
    c.ellipse((94, 122, 108, 136), c.ink)
    c.ellipse((148, 122, 162, 136), c.ink)


ICONS: dict[str, tuple[str, Callable[[Canvas], None]]] = {
    "camping-hiking": ("#3f7d58", camping),
    "phones-gadgets": ("#3a6ea5", phones),
    "computers-office": ("#5a5f9e", office),
    "kitchen-dining": ("#b9602f", kitchen),
    "coffee-tea": ("#7a5240", coffee),
    "home-bedding": ("#4b6f8f", home),
    "clothing": ("#9c4f77", clothing),
    "running-fitness": ("#c0473f", fitness),
    "toys-games": ("#c28a1d", toys),
    "garden-outdoor": ("#5b8c3a", garden),
    "beauty-care": ("#b05c9a", beauty),
    "pet-supplies": ("#2f8a8a", pets),
    "other": ("#6b7280", other),
}


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for slug, (colour, figure) in ICONS.items():
        canvas = Canvas(colour)
        figure(canvas)
        canvas.finished().save(OUT / f"{slug}.png", optimize=True)


if __name__ == "__main__":
    main()
