/**
 * The twelve species, each a function that grows one plant around the origin. They differ as the real ones do:
 * in the shape and number of seed leaves and true leaves, their veins, their green, and how they stand.
 */
import type { Random } from '../../base/random.ts'
import {
  css,
  drawFeather,
  drawLeaf,
  drawRoundLeaf,
  type Green,
  type Leaf,
  line,
  midrib,
  type Point,
  profiles,
  vary,
} from './leaf.ts'

export interface Species {
  name: string
  /** SVG of one plant, its stem at (0, 0), about 0.7 across; later parts lie on top */
  grow(stream: Random): string[]
}

const origin: Point = { x: 0, y: 0 }
const { PI } = Math

const polar = (angle: number, distance: number): Point => ({
  x: Math.cos(angle) * distance,
  y: Math.sin(angle) * distance,
})

type Shape = Pick<Leaf, 'profile' | 'veins'> & {
  length: number
  width: number
  petiole: number
  stalk?: string
}

/** One leaf on its petiole, with some play in every measure. */
function stalked(
  angle: number,
  { profile, veins, length, width, petiole, stalk }: Shape,
  colour: Green,
  stream: Random,
): string {
  const play = stream.uniform(0.85, 1.15)
  const base = polar(angle, petiole * play)
  const own = vary(colour, stream, 0.6)
  const leaf = {
    base,
    angle: angle + stream.normal(0, 0.08),
    length: length * play,
    width: width * play * stream.uniform(0.9, 1.1),
    bend: stream.normal(0, 0.15),
    profile,
    colour: own,
    veins,
  }
  return line([origin, base], 0.018, stalk ?? css(own, 4)) + drawLeaf(leaf)
}

/** A pair of leaves that face each other. */
const pair = (angle: number, shape: Shape, colour: Green, stream: Random): string[] =>
  [angle, angle + PI].map(side => stalked(side + stream.normal(0, 0.12), shape, colour, stream))

/** Blades of grass from one point, fanned to both sides. */
function blades(
  count: number,
  length: [number, number],
  width: number,
  colour: Green,
  veins: Leaf['veins'],
  stream: Random,
  bend = 0.5,
): string[] {
  const axis = stream.uniform(0, 2 * PI)
  return Array.from({ length: count }, (_, i) => {
    const side = i % 2 ? PI : 0
    const angle = axis + side + stream.normal(0, 0.35)
    return drawLeaf({
      base: origin,
      angle,
      length: stream.uniform(...length),
      width: width * stream.uniform(0.85, 1.15),
      bend: stream.normal(0, bend),
      profile: profiles.blade,
      colour: vary(colour, stream),
      veins,
    })
  })
}

/** Growth stage: how many of the later leaves there are. */
const upTo = (most: number, stream: Random): number => stream.integer(most + 1)

export const species: readonly Species[] = [
  {
    name: 'Black-grass',
    grow: stream =>
      blades(
        1 + upTo(2, stream),
        [0.3, 0.48],
        0.035,
        { hue: 95, saturation: 36, lightness: 30 },
        'midrib',
        stream,
        0.5,
      ),
  },
  {
    name: 'Charlock',
    grow(stream) {
      const green = { hue: 88, saturation: 48, lightness: 38 }
      const angle = stream.uniform(0, 2 * PI)
      const seed = [angle, angle + PI].map(
        side =>
          line([origin, polar(side, 0.1)], 0.02, css(green, 2)) +
          drawRoundLeaf(polar(side, 0.08), side, stream.uniform(0.09, 0.12), 2, 0.2, vary(green, stream)),
      )
      const later = Array.from({ length: 1 + upTo(2, stream) }, (_, i) =>
        stalked(
          angle + PI / 2 + i * PI + stream.normal(0, 0.2),
          { profile: profiles.toothed, veins: 'pinnate', length: 0.24, width: 0.22, petiole: 0.05 },
          green,
          stream,
        ),
      )
      return [...seed, ...later]
    },
  },
  {
    name: 'Cleavers',
    grow(stream) {
      const green = { hue: 100, saturation: 40, lightness: 33 }
      const angle = stream.uniform(0, 2 * PI)
      const count = 4 + upTo(2, stream)
      const seed = pair(
        angle,
        { profile: profiles.ellipse, veins: 'midrib', length: 0.2, width: 0.16, petiole: 0.07 },
        green,
        stream,
      )
      const whorl = Array.from({ length: count }, (_, i) =>
        stalked(
          angle + 0.5 + (2 * PI * i) / count,
          { profile: profiles.obovate, veins: 'midrib', length: 0.15, width: 0.065, petiole: 0.01 },
          { ...green, lightness: 39 },
          stream,
        ),
      )
      return stream.chance(0.8) ? [...seed, ...whorl] : seed
    },
  },
  {
    name: 'Common Chickweed',
    grow(stream) {
      const green = { hue: 82, saturation: 56, lightness: 43 }
      const angle = stream.uniform(0, 2 * PI)
      const seed = pair(
        angle,
        { profile: profiles.ovate, veins: 'midrib', length: 0.16, width: 0.085, petiole: 0.09 },
        green,
        stream,
      )
      const rings = upTo(2, stream)
      const later = Array.from({ length: rings }, (_, i) =>
        pair(
          angle + (PI / 2) * (i + 1),
          {
            profile: profiles.ovate,
            veins: 'midrib',
            length: 0.15 - 0.03 * i,
            width: 0.11,
            petiole: 0.08 - 0.03 * i,
          },
          green,
          stream,
        ),
      )
      return [...seed, ...later.flat()]
    },
  },
  {
    name: 'Common wheat',
    grow: stream =>
      blades(
        1 + upTo(1, stream),
        [0.38, 0.55],
        0.075,
        { hue: 112, saturation: 30, lightness: 36 },
        'parallel',
        stream,
        0.25,
      ),
  },
  {
    name: 'Fat Hen',
    grow(stream) {
      const green = { hue: 104, saturation: 26, lightness: 42 }
      const angle = stream.uniform(0, 2 * PI)
      const seed = pair(
        angle,
        {
          profile: profiles.ellipse,
          veins: 'midrib',
          length: 0.2,
          width: 0.07,
          petiole: 0.05,
          stalk: 'hsl(335,28%,42%)',
        },
        green,
        stream,
      )
      const later = Array.from({ length: 1 + upTo(1, stream) }, (_, i) =>
        pair(
          angle + (PI / 2) * (i + 1),
          {
            profile: profiles.rhombic,
            veins: 'pinnate',
            length: 0.19 - 0.05 * i,
            width: 0.15 - 0.04 * i,
            petiole: 0.05,
            stalk: 'hsl(335,28%,42%)',
          },
          { ...green, lightness: 46 + 5 * i },
          stream,
        ),
      )
      return [...seed, ...later.flat()]
    },
  },
  {
    name: 'Loose Silky-bent',
    grow: stream =>
      blades(
        1 + upTo(3, stream),
        [0.22, 0.4],
        0.016,
        { hue: 84, saturation: 44, lightness: 42 },
        'none',
        stream,
        0.9,
      ),
  },
  {
    name: 'Maize',
    grow(stream) {
      const green = { hue: 92, saturation: 48, lightness: 40 }
      const leaves = blades(2 + upTo(1, stream), [0.34, 0.5], 0.15, green, 'parallel', stream, 0.6)
      return [
        ...leaves,
        line(
          midrib({ base: origin, angle: stream.uniform(0, 2 * PI), length: 0.07, bend: 0 }, 4),
          0.06,
          css(green, -6),
        ),
      ]
    },
  },
  {
    name: 'Scentless Mayweed',
    grow(stream) {
      const green = { hue: 90, saturation: 46, lightness: 38 }
      const angle = stream.uniform(0, 2 * PI)
      const seed = pair(
        angle,
        { profile: profiles.ellipse, veins: 'none', length: 0.085, width: 0.07, petiole: 0.02 },
        green,
        stream,
      )
      const count = 2 + 2 * upTo(2, stream)
      const later = Array.from({ length: count }, (_, i) =>
        drawFeather(
          origin,
          angle + PI / 2 + (2 * PI * i) / count + stream.normal(0, 0.15),
          stream.uniform(0.19, 0.29),
          stream.normal(0, 0.3),
          vary(green, stream),
          stream,
        ),
      )
      return [...seed, ...later]
    },
  },
  {
    name: 'Shepherds Purse',
    grow(stream) {
      const green = { hue: 96, saturation: 34, lightness: 46 }
      const count = 4 + upTo(4, stream)
      const start = stream.uniform(0, 2 * PI)
      // A rosette: each leaf at the golden angle from the last, the youngest on top and smallest.
      return Array.from({ length: count }, (_, i) => {
        const age = 1 - i / (count + 2)
        return stalked(
          start + i * 2.4,
          {
            profile: i < 2 ? profiles.ellipse : profiles.lobedSpoon,
            veins: i < 2 ? 'none' : 'midrib',
            length: i < 2 ? 0.1 : 0.29 * age,
            width: i < 2 ? 0.07 : 0.15 * age,
            petiole: 0.02,
          },
          green,
          stream,
        )
      })
    },
  },
  {
    name: 'Small-flowered Cranesbill',
    grow(stream) {
      const green = { hue: 94, saturation: 38, lightness: 37 }
      const count = 2 + upTo(4, stream)
      const start = stream.uniform(0, 2 * PI)
      return Array.from({ length: count }, (_, i) => {
        const angle = start + i * 2.4
        const reach = stream.uniform(0.1, 0.2)
        const seedLeaf = i < 2
        return (
          line([origin, polar(angle, reach)], 0.016, 'hsl(12,34%,42%)') +
          drawRoundLeaf(
            polar(angle, reach),
            angle,
            seedLeaf ? 0.085 : stream.uniform(0.09, 0.13),
            seedLeaf ? 3 : 7,
            seedLeaf ? 0.06 : 0.3,
            vary(green, stream),
          )
        )
      })
    },
  },
  {
    name: 'Sugar beet',
    grow(stream) {
      const green = { hue: 90, saturation: 52, lightness: 40 }
      const angle = stream.uniform(0, 2 * PI)
      const red = stream.chance(0.6) ? 'hsl(345,42%,48%)' : undefined
      const seed = pair(
        angle,
        { profile: profiles.ellipse, veins: 'midrib', length: 0.31, width: 0.12, petiole: 0.05, stalk: red },
        green,
        stream,
      )
      const later = Array.from({ length: upTo(2, stream) }, (_, i) =>
        stalked(
          angle + PI / 2 + i * PI + stream.normal(0, 0.2),
          { profile: profiles.ovate, veins: 'pinnate', length: 0.27, width: 0.22, petiole: 0.05, stalk: red },
          { ...green, lightness: 44 },
          stream,
        ),
      )
      return [...seed, ...later]
    },
  },
]
