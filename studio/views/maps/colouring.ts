/** What the dots of maps are coloured by: their class, a field of the data, or how far they moved. */
import { byNumber } from '../../../src/base/names.ts'
import type { ImageField } from '../../../src/server/api.ts'
import { integers } from '../../client.ts'
import { classPalette, cssColour, scalePalette } from '../../parts/dots/colours.ts'
import type { Places } from '../../parts/dots/moving.ts'

export interface Colouring {
  /** of each dot: a place in the palette */
  colour: Uint8Array
  palette: Uint32Array
  /** of each dot, what the legend shows and what one can choose; -1 where there is nothing */
  of: Int32Array
  /** what the colours mean: names by their place in `of`, or the ends of a scale */
  names?: readonly { name: string; colour: string }[]
  scale?: { ends: readonly [string, string]; colours: readonly string[] }
}

export function byNames(names: readonly string[], of: Int32Array): Colouring {
  const palette = classPalette()
  const grey = palette.length
  return {
    colour: Uint8Array.from(of, place => (place < 0 ? grey : place % grey)),
    palette: withGrey(palette),
    of,
    names: names.map((name, place) => ({ name, colour: cssColour(palette[place % grey]) })),
  }
}

/** The last colour is for what has no value. */
const withGrey = (palette: Uint32Array): Uint32Array => Uint32Array.from([...palette, 0xff999999])

export function byAmount(values: ArrayLike<number>, words: (value: number) => string): Colouring {
  const palette = scalePalette()
  let [low, high] = [Infinity, -Infinity]
  for (let at = 0; at < values.length; at++) {
    if (!Number.isFinite(values[at])) continue
    low = Math.min(low, values[at])
    high = Math.max(high, values[at])
  }
  if (low > high) [low, high] = [0, 0]
  const grey = palette.length
  const steps = palette.length - 1
  return {
    colour: Uint8Array.from(values, value =>
      Number.isFinite(value) ? Math.round((steps * (value - low)) / (high - low || 1)) : grey,
    ),
    palette: withGrey(palette),
    of: new Int32Array(values.length).fill(-1),
    scale: { ends: [words(low), words(high)], colours: Array.from(palette, cssColour) },
  }
}

/** Numbers become a scale where there are more of them than one tells apart. */
const fewest = 12

export function byField({ values, of }: ImageField): Colouring {
  const places = integers(of)
  const numbers = values.map(value => (value.trim() === '' ? Number.NaN : Number(value)))
  if (values.length > fewest && numbers.every(Number.isFinite))
    return byAmount(
      Float64Array.from(places, place => (place < 0 ? Number.NaN : numbers[place])),
      String,
    )
  const order = values.map((_, place) => place).sort((a, b) => byNumber(values[a], values[b]))
  const rank = Int32Array.from(values)
  order.forEach((place, at) => {
    rank[place] = at
  })
  return byNames(
    order.map(place => values[place]),
    places.map(place => (place < 0 ? -1 : rank[place])),
  )
}

export function byLabel(labels: readonly string[]): Colouring {
  const names = [...new Set(labels)].sort(byNumber)
  const at = new Map(names.map((name, index) => [name, index]))
  return byNames(
    names,
    Int32Array.from(labels, label => at.get(label) ?? 0),
  )
}

/** Marks the dots that have this name; undefined where none is called so. */
export function onlyNamed({ names, of }: Colouring, name: string): Uint8Array | undefined {
  const wanted = names?.findIndex(one => one.name === name) ?? -1
  return wanted < 0 ? undefined : Uint8Array.from(of, place => (place === wanted ? 1 : 0))
}

/** How far each image is from its place in the first map to that in the last. */
export function distances(places: readonly Places[]): Float32Array {
  const [first, last] = [places[0], places[places.length - 1]]
  return first.x.map((x, at) => Math.hypot(x - last.x[at], first.y[at] - last.y[at]) || 0)
}
