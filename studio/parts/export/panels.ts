/** Planes of dots as a figure: a title, the panels side by side with their captions, a legend, how it is made again. */
import { fontFamily, type Mark, type Place } from '../dots/marks.ts'
import { type Camera, type Dots, dotSize, placeOf } from '../dots/paint.ts'
import { inSight, thumbsOf } from '../dots/thumbs.ts'
import type { Item, Scene } from './scene.ts'

export interface PanelAsked {
  title: string
  dots: Dots
  overlay?: (place: Place, side: number) => readonly Mark[]
}

export interface PanelsAsked {
  title: string
  panels: readonly PanelAsked[]
  /** undefined: the whole; else as on the page, where a panel has `seenSide` pixels */
  camera?: Camera
  seenSide: number
  whole: (side: number) => Camera
  colourOf: (index: number) => string
  thumb?: (index: number) => string
  legend: readonly { name: string; colour: string }[]
  /** the command line that makes it again */
  line: string
}

const side = 560
const pad = 28
const captionHeight = 26

export function panelsScene(asked: PanelsAsked): Scene {
  const { title, panels, legend, line } = asked
  const { ink, soft, paper, edge } = coloursOfPage()
  const width = 2 * pad + panels.length * side + (panels.length - 1) * 20
  const camera = asked.camera
    ? { ...asked.camera, scale: (asked.camera.scale * side) / Math.max(1, asked.seenSide) }
    : asked.whole(side)
  const top = pad + 34
  const drawn = panels.flatMap((panel, at) =>
    panelItems(panel, pad + at * (side + 20), top, { camera, edge, asked }),
  )
  const below = top + captionHeight + side + 26
  const keys = legendItems(legend, width - 2 * pad, below, soft)
  const foot = keys.bottom + 16
  const items: Item[] = [
    { kind: 'words', x: pad, y: pad + 14, text: title, size: 17, weight: 600 },
    ...drawn,
    ...keys.items,
    { kind: 'words', x: pad, y: foot, text: `Made again by: ${line}`, size: 11, colour: soft },
  ]
  const height = foot + 18
  return {
    width,
    height,
    ink,
    items: [{ kind: 'box', x: 0, y: 0, width, height, colour: paper }, ...items],
    about: `${title}. Made by Glasshouse; made again by: ${line}`,
  }
}

function panelItems(
  { title, dots, overlay }: PanelAsked,
  left: number,
  top: number,
  { camera, edge, asked }: { camera: Camera; edge: string; asked: PanelsAsked },
): Item[] {
  const place = placeOf(camera, side)
  const marks = overlay?.(place, side) ?? []
  const seen = asked.thumb && inSight(dots, place, side)
  const thumbs = seen && asked.thumb ? thumbsOf(seen, asked.thumb, asked.colourOf, () => {}) : []
  const y = top + captionHeight
  return [
    { kind: 'words', x: left, y: top + 16, text: title, size: 13 },
    { kind: 'box', x: left, y, width: side, height: side, edge },
    {
      kind: 'frame',
      x: left,
      y,
      side,
      items: [
        ...marks.filter(({ behind }) => behind),
        { kind: 'dots', side, dots, camera, diameter: dotSize(dots.x.length, 1) },
        ...thumbs.flatMap(({ image, x, y, width, height, colour }): Item[] => [
          { kind: 'box', x: x - 2, y: y - 2, width: width + 4, height: height + 4, colour },
          { kind: 'image', x, y, width, height, image },
        ]),
        ...marks.filter(({ behind }) => !behind),
      ],
    },
  ]
}

const mostKeys = 40

function legendItems(
  legend: PanelsAsked['legend'],
  room: number,
  top: number,
  soft: string,
): { items: Item[]; bottom: number } {
  const context = document.createElement('canvas').getContext('2d')
  if (context) context.font = `12px ${fontFamily}`
  const items: Item[] = []
  let [x, y] = [pad, top]
  for (const { name, colour } of legend.slice(0, mostKeys)) {
    const width = 30 + (context?.measureText(name).width ?? 8 * name.length)
    if (x > pad && x + width > pad + room) {
      x = pad
      y += 20
    }
    items.push(
      { kind: 'disc', x: x + 5, y: y - 4, radius: 5, colour },
      { kind: 'words', x: x + 15, y, text: name, size: 12 },
    )
    x += width
  }
  if (legend.length > mostKeys)
    items.push({ kind: 'words', x, y, text: `${mostKeys} of ${legend.length}`, size: 12, colour: soft })
  return { items, bottom: legend.length ? y + 20 : top }
}

/** As the page stands, light or dark, in forms that other programs know. */
export function coloursOfPage(): Record<'ink' | 'soft' | 'paper' | 'edge' | 'empty', string> {
  const probe = document.createElement('span')
  document.body.append(probe)
  const read = (name: string) => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const found = {
    ink: read('ink'),
    soft: read('soft'),
    paper: read('card'),
    edge: read('line'),
    empty: read('sunk'),
  }
  probe.remove()
  return found
}
