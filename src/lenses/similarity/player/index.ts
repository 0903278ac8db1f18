/** Points at a place of one image and paints its match on the other. Bundled by scripts/build-players.js. */
import { bytesOf } from '../../page/player/packed.ts'
import { partsOf } from '../../page/player/parts.ts'
import type { PackedPairs } from './packed.ts'

/** Pixels of a side on which maps are painted. */
const side = 336

export default function play(figure: HTMLElement, data: PackedPairs): void {
  const { rows, columns, first, step, low, high, cosine } = data
  const parts = partsOf(figure, 'pair')
  const views = [parts.find('one'), parts.find('other')]
  const words = parts.find('words')
  const pairs = new Uint16Array(bytesOf(data.pairs).buffer)
  const colours = bytesOf(data.colours)
  const cells = rows * columns
  const adds = (one: number, other: number) => low + ((high - low) * pairs[one * cells + other]) / 65535
  /** of a cell of image `of` with every cell of the other */
  const matches = (of: number, cell: number) =>
    Float32Array.from({ length: cells }, (_, other) => (of === 0 ? adds(cell, other) : adds(other, cell)))
  const canvases = views.map((view, at) => {
    view.querySelector('img')!.src = data.images[at]
    const canvas = view.querySelector('canvas')!
    canvas.width = canvas.height = side
    return canvas.getContext('2d')!
  })
  let kept: { of: number; cell: number } | undefined

  const placeOf = (cell: number): [number, number] => [
    side * (first[0] + (cell % columns) * step[0]),
    side * (first[1] + Math.floor(cell / columns) * step[1]),
  ]
  const ring = (context: CanvasRenderingContext2D, cell: number) => {
    const [x, y] = placeOf(cell)
    for (const [colour, width] of [
      ['#000', 4],
      ['#fff', 2],
    ] as const) {
      context.strokeStyle = colour
      context.lineWidth = width
      context.beginPath()
      context.arc(x, y, 9, 0, 2 * Math.PI)
      context.stroke()
    }
  }
  const heat = (context: CanvasRenderingContext2D, map: Float32Array) => {
    const most = map.reduce((most, value) => Math.max(most, value), -Infinity)
    const least = map.reduce((least, value) => Math.min(least, value), Infinity)
    const small = document.createElement('canvas')
    small.width = columns
    small.height = rows
    const own = small.getContext('2d')!
    const image = own.createImageData(columns, rows)
    map.forEach((value, cell) => {
      const at = Math.round((255 * (value - least)) / (most - least || 1))
      image.data.set([colours[3 * at], colours[3 * at + 1], colours[3 * at + 2], 150], 4 * cell)
    })
    own.putImageData(image, 0, 0)
    context.imageSmoothingEnabled = true
    context.imageSmoothingQuality = 'high'
    context.drawImage(
      small,
      side * (first[0] - step[0] / 2),
      side * (first[1] - step[1] / 2),
      side * step[0] * columns,
      side * step[1] * rows,
    )
  }
  const show = (of: number, cell: number) => {
    const map = matches(of, cell)
    const best = map.reduce((best, value, at) => (value > map[best] ? at : best), 0)
    for (const context of canvases) context.clearRect(0, 0, side, side)
    heat(canvases[1 - of], map)
    ring(canvases[of], cell)
    ring(canvases[1 - of], best)
    const sum = map.reduce((sum, value) => sum + value, 0)
    words.textContent = `This place adds ${sum.toFixed(4)} to the similarity of ${cosine.toFixed(3)}; with its best match in the other image ${map[best].toFixed(4)}.`
  }
  const clear = () => {
    for (const context of canvases) context.clearRect(0, 0, side, side)
    words.textContent = 'Point at a place of either image.'
  }
  const rest = () => (kept ? show(kept.of, kept.cell) : clear())
  const clamp = (value: number, most: number) => Math.max(0, Math.min(most - 1, value))

  views.forEach((view, of) => {
    const cellAt = (event: MouseEvent): number => {
      const box = view.querySelector('img')!.getBoundingClientRect()
      const column = Math.round(((event.clientX - box.left) / box.width - first[0]) / step[0])
      const row = Math.round(((event.clientY - box.top) / box.height - first[1]) / step[1])
      return clamp(row, rows) * columns + clamp(column, columns)
    }
    view.addEventListener('pointermove', event => {
      if (event.pointerType === 'mouse') show(of, cellAt(event))
    })
    view.addEventListener('pointerleave', rest)
    view.addEventListener('click', event => {
      const cell = cellAt(event)
      kept = kept?.of === of && kept.cell === cell ? undefined : { of, cell }
      show(of, cell)
    })
    view.addEventListener('keydown', event => {
      const [across, down] = {
        ArrowLeft: [-1, 0],
        ArrowRight: [1, 0],
        ArrowUp: [0, -1],
        ArrowDown: [0, 1],
      }[event.key] ?? [0, 0]
      if (across === 0 && down === 0) return
      event.preventDefault()
      const cell = kept?.of === of ? kept.cell : Math.floor(cells / 2)
      const row = clamp(Math.floor(cell / columns) + down, rows)
      const column = clamp((cell % columns) + across, columns)
      kept = { of, cell: row * columns + column }
      rest()
    })
  })
  clear()
}
