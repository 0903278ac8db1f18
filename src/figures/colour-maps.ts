/** From numbers to colours. Every map takes 0..1; what lies outside takes the end's colour. */
import {
  interpolateMagma,
  interpolateRdBu,
  interpolateTurbo,
  interpolateViridis,
  schemeTableau10,
} from 'd3-scale-chromatic'

export const colourMapNames = ['turbo', 'jet', 'viridis', 'magma', 'diverging'] as const
export type ColourMapName = (typeof colourMapNames)[number]

type Colour = readonly [red: number, green: number, blue: number]

/** MATLAB's jet, as in the papers on activation maps: blue, cyan, yellow, red. */
function jet(t: number): Colour {
  const ramp = (centre: number) => Math.round(255 * Math.min(1, Math.max(0, 1.5 - Math.abs(4 * t - centre))))
  return [ramp(3), ramp(2), ramp(1)]
}

/** d3 gives '#rrggbb' or 'rgb(r, g, b)'. */
function parsed(css: string): Colour {
  const numbers = css.startsWith('#')
    ? [1, 3, 5].map(at => Number.parseInt(css.slice(at, at + 2), 16))
    : css.match(/\d+/g)!.map(Number)
  return [numbers[0], numbers[1], numbers[2]]
}

const interpolators: Record<ColourMapName, (t: number) => Colour> = {
  jet,
  turbo: t => parsed(interpolateTurbo(t)),
  viridis: t => parsed(interpolateViridis(t)),
  magma: t => parsed(interpolateMagma(t)),
  diverging: t => parsed(interpolateRdBu(1 - t)),
}

const tables = new Map<ColourMapName, Uint8Array>()

/** 256 colours of a map, three bytes each. */
export function colourTable(name: ColourMapName): Uint8Array {
  let table = tables.get(name)
  if (!table) {
    table = new Uint8Array(Array.from({ length: 256 }, (_, i) => interpolators[name](i / 255)).flat())
    tables.set(name, table)
  }
  return table
}

/** Index into a colour table for a value between low and high. */
export const colourIndex = (value: number, low: number, high: number): number =>
  high > low ? Math.min(255, Math.max(0, Math.round((255 * (value - low)) / (high - low)))) : 0

/** Colours for classes, distinguishable with colour-blind eyes for the first ten; repeats beyond. */
export const classColour = (index: number): string => schemeTableau10[index % schemeTableau10.length]
