/**
 * Leaves as SVG: an outline along a bent midrib, filled with a shaded green, with its veins. A leaf starts at
 * its petiole's end and grows in direction `angle` (radians); lengths are in units of the image's side.
 */
import type { Random } from '../../base/random.ts'

export interface Point {
  x: number
  y: number
}

/** Half width of a leaf at t in 0 (base) to 1 (tip), as a share of its full width. */
export type Profile = (t: number) => number

export interface Green {
  hue: number
  saturation: number
  lightness: number
}

export interface Leaf {
  base: Point
  angle: number
  length: number
  width: number
  /** radians by which the midrib turns from base to tip */
  bend: number
  profile: Profile
  colour: Green
  veins: 'none' | 'midrib' | 'pinnate' | 'parallel'
}

export const css = ({ hue, saturation, lightness }: Green, darker = 0): string =>
  `hsl(${hue.toFixed(1)},${saturation.toFixed(1)}%,${Math.max(4, lightness - darker).toFixed(1)}%)`

/** Nearby greens: no two leaves, and no two plants, are quite the same. */
export const vary = ({ hue, saturation, lightness }: Green, stream: Random, amount = 1): Green => ({
  hue: hue + amount * stream.normal(0, 3),
  saturation: Math.min(90, Math.max(10, saturation + amount * stream.normal(0, 5))),
  lightness: Math.min(70, Math.max(14, lightness + amount * stream.normal(0, 3))),
})

export const profiles = {
  ellipse: t => Math.sqrt(Math.max(0, t * (1 - t))),
  /** broadest below the middle, pointed */
  ovate: t => 0.92 * t ** 0.45 * (1 - t) ** 0.85,
  /** broadest towards the tip, round */
  obovate: t => 0.86 * t ** 0.9 * Math.sqrt(Math.max(0, 1 - t ** 3)),
  /** four-sided, with blunt teeth */
  rhombic: t => (t < 0.42 ? t / 0.42 : (1 - t) / 0.58) * (0.46 + 0.05 * Math.cos(22 * t)),
  /** a long stalk, then a spoon with lobes along its sides */
  lobedSpoon: t =>
    t < 0.3 ? 0.07 : 0.5 * Math.sin((Math.PI * (t - 0.28)) / 0.74) * (0.78 + 0.24 * Math.cos(26 * t)),
  toothed: t => t ** 0.8 * Math.sqrt(Math.max(0, 1 - t ** 2.6)) * (0.72 + 0.06 * Math.sin(30 * t)),
  /** a blade of grass: nearly parallel, then tapering */
  blade: t => 0.5 * Math.min(1, 0.55 + 3 * t) * Math.min(1, 1.7 * (1 - t)) ** 0.8,
} satisfies Record<string, Profile>

/** The midrib from base to tip. */
export function midrib(
  { base, angle, length, bend }: Pick<Leaf, 'base' | 'angle' | 'length' | 'bend'>,
  count = 18,
): Point[] {
  const points = [base]
  for (let i = 1; i <= count; i++) {
    const direction = angle + (bend * (i - 0.5)) / count
    const last = points[i - 1]
    points.push({
      x: last.x + (Math.cos(direction) * length) / count,
      y: last.y + (Math.sin(direction) * length) / count,
    })
  }
  return points
}

const at = ({ x, y }: Point): string => `${(100 * x).toFixed(2)},${(100 * y).toFixed(2)}`

export const line = (points: readonly Point[], width: number, colour: string, opacity = 1): string =>
  `<polyline points="${points.map(at).join(' ')}" fill="none" stroke="${colour}" stroke-width="${(100 * width).toFixed(2)}" stroke-linecap="round" stroke-linejoin="round" opacity="${opacity}"/>`

const polygon = (points: readonly Point[], fill: string, extra = ''): string =>
  `<polygon points="${points.map(at).join(' ')}" fill="${fill}" ${extra}/>`

/** The point beside the midrib at step i, `offset` to its left (negative: right). */
function beside(rib: readonly Point[], i: number, offset: number): Point {
  const before = rib[Math.max(0, i - 1)]
  const after = rib[Math.min(rib.length - 1, i + 1)]
  const length = Math.hypot(after.x - before.x, after.y - before.y) || 1
  return {
    x: rib[i].x - ((after.y - before.y) / length) * offset,
    y: rib[i].y + ((after.x - before.x) / length) * offset,
  }
}

export function drawLeaf(leaf: Leaf): string {
  const { width, profile, colour, veins } = leaf
  const rib = midrib(leaf, 28)
  const side = (sign: number) =>
    rib.map((_, i) => beside(rib, i, sign * width * profile(i / (rib.length - 1))))
  const left = side(1)
  const right = side(-1)
  const whole = polygon(
    [...left, ...right.reverse()],
    css(colour),
    `stroke="${css(colour, 9)}" stroke-width="0.5"`,
  )
  // One half lies in the shade of the rib.
  const half = polygon([...left, ...[...rib].reverse()], css(colour, 5), 'opacity="0.75"')
  return whole + half + drawVeins(rib, leaf, veins)
}

function drawVeins(rib: readonly Point[], { width, profile, colour }: Leaf, veins: Leaf['veins']): string {
  if (veins === 'none') return ''
  const pale = css({ ...colour, saturation: colour.saturation * 0.8 }, -13)
  const stem = line(rib, 0.05 * width, pale, 0.7)
  if (veins === 'midrib') return stem
  if (veins === 'parallel') {
    return (
      stem +
      [-0.5, 0.5]
        .map(share =>
          line(
            rib.map((_, i) => beside(rib, i, share * width * profile(i / (rib.length - 1)))),
            0.025 * width,
            pale,
            0.45,
          ),
        )
        .join('')
    )
  }
  const ribs = [6, 11, 16, 21].flatMap(i =>
    [1, -1].map(sign => {
      const further = Math.min(rib.length - 1, i + 4)
      return line(
        [rib[i], beside(rib, further, sign * 0.85 * width * profile(further / (rib.length - 1)))],
        0.03 * width,
        pale,
        0.5,
      )
    }),
  )
  return stem + ribs.join('')
}

/** A round leaf, cut into lobes around a centre, such as a cranesbill's; radius in polar coordinates. */
export function drawRoundLeaf(
  base: Point,
  angle: number,
  radius: number,
  lobes: number,
  depth: number,
  colour: Green,
): string {
  const centre = { x: base.x + Math.cos(angle) * radius * 0.75, y: base.y + Math.sin(angle) * radius * 0.75 }
  const points = Array.from({ length: 72 }, (_, i) => {
    const turn = (2 * Math.PI * i) / 72
    // Notched where the stalk enters; lobes elsewhere.
    const notch = 1 - 0.55 * Math.exp(-(((turn - Math.PI) / 0.32) ** 2))
    const reach = radius * notch * (1 - depth + depth * Math.abs(Math.cos((lobes * turn) / 2)))
    return { x: centre.x + Math.cos(angle + turn) * reach, y: centre.y + Math.sin(angle + turn) * reach }
  })
  const veins = Array.from({ length: lobes }, (_, i) => {
    const turn = angle + (2 * Math.PI * i) / lobes
    return line(
      [centre, { x: centre.x + Math.cos(turn) * radius * 0.7, y: centre.y + Math.sin(turn) * radius * 0.7 }],
      0.035 * radius,
      css(colour, -12),
      0.5,
    )
  })
  return polygon(points, css(colour), `stroke="${css(colour, 9)}" stroke-width="0.5"`) + veins.join('')
}

/** A leaf of fine threads on both sides of a rib, such as a mayweed's. */
export function drawFeather(
  base: Point,
  angle: number,
  length: number,
  bend: number,
  colour: Green,
  stream: Random,
): string {
  const rib = midrib({ base, angle, length, bend })
  const threads = rib.slice(3, -1).flatMap((point, i) =>
    [1, -1].map(sign => {
      const reach =
        length * (0.12 + 0.22 * Math.sin((Math.PI * (i + 2)) / rib.length)) * stream.uniform(0.75, 1.2)
      const direction = angle + bend * (i / rib.length) + sign * stream.uniform(0.7, 1)
      return line(
        [point, { x: point.x + Math.cos(direction) * reach, y: point.y + Math.sin(direction) * reach }],
        0.011,
        css(colour),
      )
    }),
  )
  return line(rib, 0.016, css(colour, 3)) + threads.join('')
}
