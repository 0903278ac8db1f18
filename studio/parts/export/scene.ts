/**
 * A figure as data: what a view shows, in the order in which it is drawn. It is painted on a canvas for PNG and for the
 * frames of a film, and written as SVG.
 */
import { escapeText } from '../../../src/figures/svg.ts'
import { cssColour } from '../dots/colours.ts'
import { fontFamily, type Mark, paintMark } from '../dots/marks.ts'
import { type Camera, type Dots, paintDots, placeOf, stampedColours } from '../dots/paint.ts'

/** A square through which its items are seen; their places are from its upper left corner. */
export interface Frame {
  kind: 'frame'
  x: number
  y: number
  side: number
  items: readonly Item[]
}
/** Fills its frame. */
export interface Panel {
  kind: 'dots'
  side: number
  dots: Dots
  camera: Camera
  /** of a dot, in pixels of the figure */
  diameter: number
}
/** Fills its box, and is cut where its shape is another: around its middle, or from its upper left corner. */
export interface Inlay {
  kind: 'image'
  x: number
  y: number
  width: number
  height: number
  image: HTMLImageElement
  isFromCorner?: boolean
}
export interface Box {
  kind: 'box'
  x: number
  y: number
  width: number
  height: number
  /** of what it is filled with */
  colour?: string
  edge?: string
}
export type Item = Mark | Frame | Panel | Inlay | Box

export interface Scene {
  width: number
  height: number
  ink: string
  items: readonly Item[]
  /** for programs and people who open the file: what it is and how it is made again */
  about: string
}

export function canvasOf(scene: Scene, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(scene.width * ratio)
  canvas.height = Math.round(scene.height * ratio)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('the browser gives no canvas')
  context.scale(ratio, ratio)
  for (const item of scene.items) paint(context, item, scene.ink, ratio)
  return canvas
}

function paint(context: CanvasRenderingContext2D, item: Item, ink: string, ratio: number): void {
  if (item.kind === 'frame') paintFrame(context, item, ink, ratio)
  else if (item.kind === 'dots') context.drawImage(stamped(item, ratio), 0, 0, item.side, item.side)
  else if (item.kind === 'image') paintInlay(context, item)
  else if (item.kind === 'box') {
    if (item.colour !== undefined) {
      context.fillStyle = item.colour
      context.fillRect(item.x, item.y, item.width, item.height)
    }
    if (item.edge === undefined) return
    context.strokeStyle = item.edge
    context.lineWidth = 1
    context.strokeRect(item.x + 0.5, item.y + 0.5, item.width - 1, item.height - 1)
  } else paintMark(context, item, ink)
}

function paintInlay(context: CanvasRenderingContext2D, inlay: Inlay): void {
  const { image, x, y, width, height, isFromCorner } = inlay
  const { naturalWidth, naturalHeight } = image
  const scale = Math.max(width / naturalWidth, height / naturalHeight)
  const [across, down] = [width / scale, height / scale]
  const [left, top] = isFromCorner ? [0, 0] : [(naturalWidth - across) / 2, (naturalHeight - down) / 2]
  context.drawImage(image, left, top, across, down, x, y, width, height)
}

function paintFrame(
  context: CanvasRenderingContext2D,
  { x, y, side, items }: Frame,
  ink: string,
  ratio: number,
): void {
  context.save()
  context.translate(x, y)
  context.beginPath()
  context.rect(0, 0, side, side)
  context.clip()
  for (const item of items) paint(context, item, ink, ratio)
  context.restore()
}

function stamped({ dots, camera, side, diameter }: Panel, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  const pixels = Math.round(side * ratio)
  canvas.width = canvas.height = pixels
  const context = canvas.getContext('2d')
  if (!context) return canvas
  const image = context.createImageData(pixels, pixels)
  const scaled = { ...camera, scale: (camera.scale * pixels) / side }
  paintDots(new Uint32Array(image.data.buffer), pixels, pixels, dots, scaled, Math.round(diameter * ratio))
  context.putImageData(image, 0, 0)
  return canvas
}

/** More dots than this are one image within the drawing: no program opens a million shapes. */
const mostShapes = 100_000

export const svgOf = (scene: Scene): string =>
  svgDocument(
    scene,
    scene.items.map(item => shape(item, scene.ink)),
  )

/** @param shapes elements of SVG */
export const svgDocument = (
  { width, height, ink, about }: Omit<Scene, 'items'>,
  shapes: readonly string[],
): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" fill="${ink}">`,
    `<desc>${escapeText(about)}</desc>`,
    ...shapes,
    '</svg>',
  ].join('\n')

function shape(item: Item, ink: string): string {
  if (item.kind === 'box')
    return `<rect x="${item.x}" y="${item.y}" width="${item.width}" height="${item.height}" fill="${item.colour ?? 'none'}"${item.edge === undefined ? '' : ` stroke="${item.edge}"`}/>`
  if (item.kind === 'image') {
    const { x, y, width, height, image, isFromCorner } = item
    return `<image x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" preserveAspectRatio="${isFromCorner ? 'xMinYMin' : 'xMidYMid'} slice" href="${dataOf(image)}"/>`
  }
  if (item.kind === 'frame') return frameShape(item, ink)
  if (item.kind === 'dots') return dotsShape(item)
  const { colour = ink, opacity } = item
  const faint = opacity === undefined ? '' : ` opacity="${opacity}"`
  if (item.kind === 'line')
    return `<path d="M${item.points.map(([x, y]) => `${round(x)} ${round(y)}`).join('L')}" fill="none" stroke="${colour}" stroke-width="${item.width}"${faint}/>`
  if (item.kind === 'disc')
    return `<circle cx="${round(item.x)}" cy="${round(item.y)}" r="${item.radius}" fill="${colour}"${faint}/>`
  const turned = item.turned ? ` transform="rotate(-90 ${round(item.x)} ${round(item.y)})"` : ''
  return `<text x="${round(item.x)}" y="${round(item.y)}" font-size="${item.size}" font-weight="${item.weight ?? 400}" text-anchor="${item.anchor ?? 'start'}" fill="${colour}"${faint}${turned}>${escapeText(item.text)}</text>`
}

function frameShape({ x, y, side, items }: Frame, ink: string): string {
  const id = `frame-${x}-${y}`
  return [
    `<clipPath id="${id}"><rect width="${side}" height="${side}"/></clipPath>`,
    `<g transform="translate(${x} ${y})" clip-path="url(#${id})">`,
    ...items.map(item => shape(item, ink)),
    '</g>',
  ].join('\n')
}

/** Dots of a colour are one path of strokes without length, whose round ends are the dots. */
function dotsShape(panel: Panel): string {
  const { side, dots, camera, diameter } = panel
  if (dots.x.length > mostShapes) {
    const href = stamped(panel, 2).toDataURL('image/png')
    return `<image width="${side}" height="${side}" href="${href}"/>`
  }
  const paths = new Map<number, string[]>()
  const colours = stampedColours(dots)
  const place = placeOf(camera, side)
  for (let at = 0; at < dots.x.length; at++) {
    const [left, top] = place(dots.x[at], dots.y[at])
    if (!(left >= 0 && top >= 0 && left <= side && top <= side)) continue
    const colour = colours(at)
    const parts = paths.get(colour)
    const part = `M${round(left)} ${round(top)}h0`
    if (parts) parts.push(part)
    else paths.set(colour, [part])
  }
  // What is faint lies below.
  const drawn = [...paths].sort(([a], [b]) => (a >>> 24) - (b >>> 24))
  return `<g fill="none" stroke-linecap="round" stroke-width="${diameter}">${drawn
    .map(
      ([colour, parts]) =>
        `<path stroke="${cssColour(colour)}" stroke-opacity="${round((colour >>> 24) / 255)}" d="${parts.join('')}"/>`,
    )
    .join('')}</g>`
}

function dataOf(image: HTMLImageElement): string {
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth
  canvas.height = image.naturalHeight
  canvas.getContext('2d')?.drawImage(image, 0, 0)
  return canvas.toDataURL('image/jpeg', 0.85)
}

const round = (value: number): number => Math.round(value * 100) / 100
