"""The keyed streams of random numbers of src/base/random.ts in Python: xoshiro128**, seeded by FNV-1a and splitmix32."""
from math import log, sqrt

mask = 0xFFFFFFFF


class Stream:
    def __init__(self, *keys):
        h = 0x811C9DC5
        for character in "\0".join(map(str, keys)):
            h = ((h ^ ord(character)) * 0x01000193) & mask
        self.words = []
        for _ in range(4):
            h = (h + 0x9E3779B9) & mask
            z = h ^ (h >> 16)
            z = (z * 0x21F0AAAD) & mask
            z = ((z ^ (z >> 15)) * 0x735A2D97) & mask
            self.words.append(z ^ (z >> 15))

    def bits(self):
        a, b, c, d = self.words
        turned = (b * 5) & mask
        result = (((turned << 7 | turned >> 25) & mask) * 9) & mask
        t = (b << 9) & mask
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= t
        d = (d << 11 | d >> 21) & mask
        self.words = [a, b, c, d]
        return result

    def uniform(self):
        return ((self.bits() >> 5) * 67108864 + (self.bits() >> 6)) / 9007199254740992

    def normals(self, count):
        found = []
        while len(found) < count:
            x, y = ((self.bits() + 0.5) / 2147483648 - 1 for _ in range(2))
            square = x * x + y * y
            if square < 1:
                factor = sqrt(-2 * log(square) / square)
                found += [factor * x, factor * y]
        return found[:count]
