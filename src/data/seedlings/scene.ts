/**
 * An image of one seedling: gravel, sometimes the edge of the tray with its strip of bars, the plant with its
 * shadow, and the light. Everything is a function of seed, species and index.
 */
import { type Random, random } from '../../base/random.ts'
import { species } from './species.ts'

export interface SceneRequest {
  /** name of the species */
  species: string
  index: number
  seed: number
}

export interface Scene {
  /** the whole image, 100 x 100 units */
  picture: string
  /** the plant alone, white on black: where it is */
  mask: string
}

export const speciesNames: readonly string[] = species.map(({ name }) => name)

export function composeScene({ species: name, index, seed }: SceneRequest): Scene {
  const kind = species.find(other => other.name === name)
  if (!kind) throw new RangeError(`there is no species '${name}'; there are ${speciesNames.join(', ')}`)
  const stream = random(seed, 'seedling', name, index)
  const ground = drawGround(stream)
  const strip = stream.chance(0.12) ? drawStrip(stream) : ''
  const place = `translate(${stream.uniform(40, 60).toFixed(2)} ${stream.uniform(40, 60).toFixed(2)}) rotate(${stream.uniform(0, 360).toFixed(2)}) scale(${stream.uniform(0.75, 1.2).toFixed(3)})`
  const plant = `<g transform="${place}">${kind.grow(stream).join('')}</g>`
  const shadow = `<g transform="translate(${stream.uniform(0.8, 2).toFixed(2)} ${stream.uniform(0.8, 2).toFixed(2)})" filter="url(#shadow)" opacity="0.5">${plant}</g>`
  const over = Array.from({ length: stream.integer(4) }, () =>
    drawStone(
      stream,
      stream.uniform(20, 80),
      stream.uniform(20, 80),
      stream.uniform(1.5, 3.2),
      stream.uniform(35, 60),
    ),
  ).join('')
  const light = stream.uniform(-0.22, 0.22)
  const shade = `<rect width="100" height="100" fill="${light > 0 ? '#fff' : '#000'}" opacity="${Math.abs(light).toFixed(3)}"/>`
  const filters =
    '<defs><filter id="shadow" x="-20%" y="-20%" width="140%" height="140%"><feColorMatrix values="0 0 0 0 0  0 0 0 0 0  0 0 0 0 0  0 0 0 1 0"/><feGaussianBlur stdDeviation="1.1"/></filter><filter id="white"><feColorMatrix values="0 0 0 0 1  0 0 0 0 1  0 0 0 0 1  0 0 0 1 0"/></filter></defs>'
  const svg = (content: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">${filters}${content}</svg>`
  return {
    picture: svg(ground + strip + shadow + plant + over + shade),
    mask: svg(`<rect width="100" height="100" fill="#000"/><g filter="url(#white)">${plant}</g>`),
  }
}

/** Stones of all sizes, large ones first, each lit from one side. */
function drawGround(stream: Random): string {
  const tone = {
    hue: stream.uniform(18, 38),
    saturation: stream.uniform(8, 24),
    lightness: stream.uniform(30, 46),
  }
  const coarse = stream.uniform(0.7, 1.5)
  const soil = `<rect width="100" height="100" fill="hsl(${tone.hue.toFixed(0)},${tone.saturation.toFixed(0)}%,${(tone.lightness * 0.55).toFixed(0)}%)"/>`
  const count = Math.round(330 / coarse ** 2)
  const stones = Array.from({ length: count }, (_, i) => {
    const size = coarse * (1.6 + 5.2 * (1 - i / count) ** 2) * stream.uniform(0.7, 1.3)
    return drawStone(
      stream,
      stream.uniform(-3, 103),
      stream.uniform(-3, 103),
      size,
      tone.lightness + stream.normal(0, 9),
      tone.hue,
      tone.saturation,
    )
  })
  return soil + stones.join('')
}

function drawStone(
  stream: Random,
  x: number,
  y: number,
  size: number,
  lightness: number,
  hue = 30,
  saturation = 14,
): string {
  const own = Math.min(78, Math.max(12, lightness))
  const colour = (shift: number) =>
    `hsl(${(hue + stream.normal(0, 7)).toFixed(0)},${Math.max(2, saturation + stream.normal(0, 6)).toFixed(0)}%,${Math.min(88, own + shift).toFixed(0)}%)`
  const [rx, ry] = [size * stream.uniform(0.75, 1.1), size * stream.uniform(0.6, 0.9)]
  const turn = stream.uniform(0, 180).toFixed(0)
  const ellipse = (cx: number, cy: number, scale: number, fill: string, extra = '') =>
    `<ellipse cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" rx="${(rx * scale).toFixed(2)}" ry="${(ry * scale).toFixed(2)}" transform="rotate(${turn} ${cx.toFixed(1)} ${cy.toFixed(1)})" fill="${fill}" ${extra}/>`
  // Edges and highlights of pebbles would cost most of the time and hardly be seen.
  const large = size > 2.2
  const edge = large
    ? `stroke="hsl(${hue.toFixed(0)},14%,${(own * 0.45).toFixed(0)}%)" stroke-width="0.5"`
    : ''
  const highlight = ellipse(x - 0.16 * size, y - 0.2 * size, 0.62, colour(6), 'opacity="0.7"')
  return ellipse(x, y, 1, colour(-5), edge) + (large ? highlight : '')
}

/** The tray's edge with grey bars, as in photographs from a laboratory. */
function drawStrip(stream: Random): string {
  const width = stream.uniform(6, 13)
  const bars: string[] = []
  for (let x = 0; x < 100; x += stream.uniform(1.2, 5))
    bars.push(
      `<rect x="${x.toFixed(1)}" y="1" width="${stream.uniform(0.6, 2.6).toFixed(1)}" height="${(width - 2).toFixed(1)}" fill="#3b3b3d"/>`,
    )
  const turn = 90 * stream.integer(4)
  return `<g transform="rotate(${turn} 50 50)"><rect width="100" height="${width.toFixed(1)}" fill="#c9c9c6"/>${bars.join('')}</g>`
}
