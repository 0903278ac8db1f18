/** Paints a panel: its dots or their density, and the path of a marked image. */
import type { PackedFilm } from './packed.ts'
import { type Panel, similarityOf } from './panels.ts'

/** A square canvas, and device pixels per CSS pixel. */
interface Surface {
  context: CanvasRenderingContext2D
  side: number
  ratio: number
}

export interface PaintOptions {
  density: boolean
  byClass: boolean
  /** an image of the panel's album whose path is drawn */
  marked?: number
}

export function paintPanel(panel: Panel, film: PackedFilm, options: PaintOptions): void {
  const { canvas } = panel
  const ratio = window.devicePixelRatio || 1
  const side = Math.round(canvas.clientWidth * ratio)
  if (canvas.width !== side) canvas.width = canvas.height = side
  const context = canvas.getContext('2d')
  if (!context) return
  context.clearRect(0, 0, side, side)
  const surface = { context, side, ratio }
  if (options.density) paintDensity(panel, film, surface)
  else paintDots(panel, film, surface, options.byClass)
  if (options.marked !== undefined) paintPath(panel, film, surface, options.marked)
}

/** Where a similarity stands along an axis of this many pixels. */
export const pixelOf = (similarity: number, side: number, { low }: PackedFilm): number =>
  ((similarity - low) / (1 - low)) * side

const hues = 24

function paintDots(panel: Panel, film: PackedFilm, { context, side, ratio }: Surface, byClass: boolean) {
  const { shown, at, album, anchor } = panel
  const size = (shown > 4000 ? 1.7 : shown > 800 ? 2.8 : 4.6) * ratio
  context.globalAlpha = shown > 4000 ? 0.7 : 0.8
  const paint = (wanted: (i: number) => boolean, colour: string) => {
    context.fillStyle = colour
    context.beginPath()
    for (let i = 0; i < shown; i++) {
      if (!wanted(i)) continue
      const [px, py] = [pixelOf(at[2 * i], side, film), side - pixelOf(at[2 * i + 1], side, film)]
      if (size < 4) context.rect(px - size / 2, py - size / 2, size, size)
      else {
        context.moveTo(px + size / 2, py)
        context.arc(px, py, size / 2, 0, 7)
      }
    }
    context.fill()
  }
  if (byClass)
    for (let hue = 0; hue < hues; hue++)
      paint(
        i => album.label[anchor[i]] % hues === hue,
        `hsl(${(hue * 137.5) % 360} 62% ${38 + 14 * (hue % 2)}%)`,
      )
  else {
    paint(i => at[2 * i] <= at[2 * i + 1], film.colours.wrong)
    paint(i => at[2 * i] > at[2 * i + 1], film.colours.right)
  }
  context.globalAlpha = 1
}

function paintDensity({ shown, at }: Panel, film: PackedFilm, { context, side }: Surface): void {
  const cells = film.densityCells
  const counts = new Uint32Array(cells * cells)
  const cellOf = (value: number) => Math.max(0, Math.min(cells - 1, Math.floor(pixelOf(value, cells, film))))
  for (let i = 0; i < shown; i++) counts[cellOf(at[2 * i + 1]) * cells + cellOf(at[2 * i])]++
  let most = 1
  for (const count of counts) if (count > most) most = count
  const edge = (index: number) => Math.round((index * side) / cells)
  counts.forEach((count, cell) => {
    if (!count) return
    const [row, column] = [Math.floor(cell / cells), cell % cells]
    context.globalAlpha = 0.12 + (0.88 * Math.log1p(count)) / Math.log1p(most)
    context.fillStyle = column >= row ? film.colours.right : film.colours.wrong
    const [width, height] = [edge(column + 1) - edge(column), edge(row + 1) - edge(row)]
    context.fillRect(edge(column), side - edge(row + 1), width, height)
  })
  context.globalAlpha = 1
}

/** The path of an image's dot through all epochs, and where it is now. */
function paintPath(panel: Panel, film: PackedFilm, { context, side, ratio }: Surface, image: number): void {
  const i = panel.anchor.indexOf(image)
  if (i < 0) return
  const pointOf = (x: number, y: number): [number, number] => [
    pixelOf(x, side, film),
    side - pixelOf(y, side, film),
  ]
  const pointAt = (epoch: number) => {
    const row = epoch * panel.shown + i
    return pointOf(similarityOf(panel.x[row], film), similarityOf(panel.y[row], film))
  }
  context.beginPath()
  panel.epochs.forEach((_, epoch) => {
    context.lineTo(...pointAt(epoch))
  })
  context.lineWidth = 1.5 * ratio
  context.strokeStyle = '#1d2329'
  context.stroke()
  const dot = ([px, py]: [number, number], radius: number, fill: string) => {
    context.beginPath()
    context.arc(px, py, radius * ratio, 0, 7)
    context.fillStyle = fill
    context.fill()
    context.stroke()
  }
  dot(pointAt(0), 4, '#2166ac')
  dot(pointOf(panel.at[2 * i], panel.at[2 * i + 1]), 5.5, '#ffd84d')
}
