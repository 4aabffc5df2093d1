"""Real machines that had no part in building the processor table, and real load curves.

SYSTEMS: SPECpower_ssj2008 results of vendors whose rows were not read when `cpus` was written
(Sugon, Supermicro, xFusion; the listing of 2026-03-09 in ccf-coefficients): CPUID of the
processor, watts at active idle, watts at 100%, hardware threads.
SHAPES: graduated measurements of SPECpower_ssj2008 results, 0% to 100% in tenths, as compiled in
CloudSim 3.0 (Beloglazov and Buyya, 2012); not the three that the power model was built from.
"""

from __future__ import annotations

SYSTEMS: tuple[tuple[str, int, int, int, float, float, int], ...] = (
    ("AuthenticAMD", 23, 1, 2, 94.9, 296.0, 128),  # EPYC 7601
    ("AuthenticAMD", 23, 1, 2, 103.0, 278.0, 64),  # EPYC 7351
    ("AuthenticAMD", 23, 1, 2, 103.0, 307.0, 128),  # EPYC 7501
    ("GenuineIntel", 6, 85, 4, 51.9, 245.0, 56),  # Gold 5117
    ("GenuineIntel", 6, 85, 4, 52.4, 343.0, 72),  # Gold 6140
    ("GenuineIntel", 6, 85, 4, 53.1, 364.0, 88),  # Gold 6152
    ("GenuineIntel", 6, 85, 4, 54.6, 450.0, 112),  # Platinum 8180
    ("GenuineIntel", 6, 85, 4, 53.4, 387.0, 96),  # Platinum 8160
    ("GenuineIntel", 6, 63, 2, 52.5, 264.0, 72),  # E5-2699 v3
    ("GenuineIntel", 6, 63, 2, 75.9, 302.0, 72),  # E5-2699 v3
    ("AuthenticAMD", 25, 160, 2, 68.1, 152.0, 48),  # EPYC 8224PN
    ("AuthenticAMD", 25, 160, 2, 67.0, 111.0, 16),  # EPYC 8024PN
    ("AuthenticAMD", 25, 160, 2, 55.8, 202.0, 128),  # EPYC 8534PN
    ("AuthenticAMD", 25, 160, 2, 69.1, 176.0, 64),  # EPYC 8324P
    ("AuthenticAMD", 25, 160, 2, 72.2, 211.0, 96),  # EPYC 8434P
    ("AuthenticAMD", 25, 160, 2, 68.2, 135.0, 32),  # EPYC 8124P
    ("AuthenticAMD", 25, 160, 2, 79.6, 394.0, 256),  # EPYC 9754
    ("AuthenticAMD", 25, 160, 2, 141.0, 783.0, 512),  # 2 x EPYC 9754
    ("AuthenticAMD", 26, 17, 0, 151.0, 952.0, 768),  # 2 x EPYC 9965
    ("AuthenticAMD", 26, 17, 0, 86.6, 432.0, 384),  # EPYC 9965
    ("GenuineIntel", 6, 173, 1, 115.0, 655.0, 172),  # Xeon 6787P
    ("GenuineIntel", 6, 173, 1, 132.0, 587.0, 256),  # Xeon 6980P
    ("GenuineIntel", 6, 173, 1, 314.0, 1260.0, 512),  # 2 x Xeon 6980P
    ("GenuineIntel", 6, 173, 1, 161.0, 963.0, 344),  # 2 x Xeon 6787P
    ("GenuineIntel", 6, 175, 3, 106.0, 427.0, 144),  # Xeon 6780E
    ("GenuineIntel", 6, 175, 3, 236.0, 906.0, 288),  # 2 x Xeon 6780E
    ("GenuineIntel", 6, 207, 2, 196.0, 1025.0, 256),  # 2 x Platinum 8592+
    ("GenuineIntel", 6, 207, 2, 145.0, 564.0, 128),  # Platinum 8592+
    ("GenuineIntel", 6, 207, 2, 160.0, 827.0, 256),  # 2 x Platinum 8592+
    ("GenuineIntel", 6, 143, 8, 191.0, 976.0, 224),  # 2 x Platinum 8480+
    ("GenuineIntel", 6, 143, 8, 116.0, 518.0, 112),  # Platinum 8480+
    ("GenuineIntel", 6, 143, 8, 88.2, 419.0, 104),  # Platinum 8471N
    ("GenuineIntel", 6, 143, 8, 87.6, 347.0, 64),  # Gold 6414U
    ("GenuineIntel", 6, 143, 8, 93.9, 482.0, 120),  # Platinum 8490H
    ("GenuineIntel", 6, 143, 8, 204.0, 817.0, 240),  # 2 x Platinum 8490H
    ("GenuineIntel", 6, 45, 7, 115.0, 347.0, 32),  # 2 x E5-2665
    ("GenuineIntel", 6, 45, 7, 83.6, 272.0, 32),  # 2 x E5-2660
    ("GenuineIntel", 6, 45, 7, 101.0, 413.0, 32),  # 2 x E5-2670
    ("GenuineIntel", 6, 45, 7, 62.4, 285.0, 32),  # 2 x E5-2470
    ("GenuineIntel", 6, 85, 7, 61.8, 426.0, 112),  # 2 x Platinum 8280L
    ("GenuineIntel", 6, 85, 7, 48.6, 385.0, 112),  # 2 x Platinum 8280
    ("GenuineIntel", 6, 85, 7, 127.0, 291.0, 40),  # 2 x Silver 4210
    ("AuthenticAMD", 23, 49, 0, 99.2, 412.0, 256),  # 2 x EPYC 7702
    ("AuthenticAMD", 25, 1, 1, 191.0, 464.0, 256),  # 2 x EPYC 7773X
    ("GenuineIntel", 6, 106, 6, 101.0, 622.0, 160),  # 2 x Platinum 8380
    ("GenuineIntel", 6, 106, 6, 118.0, 633.0, 160),  # 2 x Platinum 8380
    ("GenuineIntel", 6, 44, 2, 255.0, 724.0, 96),  # 4 x 2 L5640
    ("GenuineIntel", 6, 26, 5, 53.7, 224.0, 16),  # 2 x X5570
    ("ARM", 8, 0xD0C, 3, 79.0, 268.0, 128),  # Altra Max M128-30
    ("ARM", 8, 0xD4F, 0, 298.0, 619.0, 144),  # Grace superchip
)

SHAPES: tuple[tuple[float, ...], ...] = (
    (93.7, 97, 101, 105, 110, 116, 121, 125, 129, 133, 135),  # Xeon 3075
    (42.3, 46.7, 49.7, 55.4, 61.8, 69.3, 76.1, 87, 96.1, 106, 113),  # Xeon X3480
    (58.4, 98, 109, 118, 128, 140, 153, 170, 189, 205, 222),  # 2 x Xeon X5675
)


def dynamic_fraction(shape: tuple[float, ...], load: float) -> float:
    """Power above idle at a load in [0, 1], as a fraction of that at full load."""
    at = min(load, 1.0) * 10
    step = min(int(at), 9)
    watts = shape[step] + (shape[step + 1] - shape[step]) * (at - step)
    return (watts - shape[0]) / (shape[-1] - shape[0])
