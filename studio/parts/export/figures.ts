/** The curves of a view as one drawing: each figure where it stands on the page, with the colours that it has there. */
import { escapeText } from '../../../src/figures/svg.ts'
import { coloursOfPage } from './panels.ts'
import { svgDocument } from './scene.ts'

/** Of what a figure is drawn with, the parts that a drawing by itself needs. */
const properties = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-size',
  'font-weight',
]

export interface Drawn {
  svg: string
  width: number
  height: number
}

/**
 * @param room holds the figures, such as a grid of curves
 * @param until the share of the axes up to which curves are drawn; what their ends are is then left out
 */
export function figuresDrawing(room: Element, title: string, line: string, until = 1): Drawn {
  const { ink, soft, paper, edge } = coloursOfPage()
  const from = room.getBoundingClientRect()
  const top = 52
  const width = Math.ceil(from.width) + 40
  const height = Math.ceil(from.height) + top + 44
  const parts = [...room.querySelectorAll('figure.curves')].map((figure, at) => {
    const part = figurePart(figure, from, top, edge, until)
    return until < 1 ? part.replaceAll(clipName, `${clipName}-${at}`) : part
  })
  const about = `Made again by: ${line}`
  const size = { width, height, ink, about: `${title}. Made by Glasshouse. ${about}` }
  const svg = svgDocument(size, [
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    words(20, 32, title, { size: 17, weight: 600, colour: ink }),
    ...parts,
    words(20, height - 16, about, { size: 11, colour: soft }),
  ])
  return { svg, width, height }
}

const clipName = 'drawn-so-far'

function figurePart(figure: Element, from: DOMRect, top: number, edge: string, until: number): string {
  const place = (element: Element) => {
    const box = element.getBoundingClientRect()
    return { x: box.left - from.left + 20, y: box.top - from.top + top, box }
  }
  const around = place(figure)
  const parts = [
    `<rect x="${around.x}" y="${around.y}" width="${around.box.width}" height="${around.box.height}" rx="8" fill="none" stroke="${edge}"/>`,
  ]
  const drawing = figure.querySelector('svg')
  if (drawing) {
    const { x, y, box } = place(drawing)
    const copy = drawing.cloneNode(true) as SVGElement
    inline(drawing, copy)
    for (const [name, value] of Object.entries({ x, y, width: box.width, height: box.height }))
      copy.setAttribute(name, String(value))
    if (until < 1) cutCurves(copy, until)
    copy.removeAttribute('tabindex')
    copy.setAttribute('overflow', 'visible')
    parts.push(new XMLSerializer().serializeToString(copy))
  }
  const described = 'figcaption strong, figcaption .soft, .legend span'
  for (const element of figure.querySelectorAll(until < 1 ? described : `${described}, .legend b`)) {
    const text = element.textContent ?? ''
    const { x, y, box } = place(element)
    const style = getComputedStyle(element)
    const size = Number.parseFloat(style.fontSize)
    if (text)
      parts.push(
        words(x, y + box.height / 2 + size * 0.36, text, {
          size,
          weight: Number(style.fontWeight),
          colour: style.color,
          width: widthOfText(element),
        }),
      )
  }
  for (const key of figure.querySelectorAll('.legend i')) {
    const { x, y, box } = place(key)
    const { backgroundColor, opacity } = getComputedStyle(key)
    parts.push(
      `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" fill="${backgroundColor}" opacity="${opacity}"/>`,
    )
  }
  return parts.join('\n')
}

/** Of the curves, what lies left of a share of their axis. */
function cutCurves(drawing: SVGElement, until: number): void {
  const axis = drawing.querySelector('line.grid, line')
  const [left, right] = ['x1', 'x2'].map(name => Number(axis?.getAttribute(name)))
  const clip = document.createElementNS('http://www.w3.org/2000/svg', 'clipPath')
  clip.id = clipName
  clip.innerHTML = `<rect y="-10" width="${left + until * (right - left)}" height="10000"/>`
  drawing.prepend(clip)
  for (const curve of drawing.querySelectorAll(':scope > path'))
    curve.setAttribute('clip-path', `url(#${clipName})`)
  for (const end of drawing.querySelectorAll(':scope > circle')) end.remove()
}

/** Where the page's font is missing, words take as much room as they do with it. */
function widthOfText(element: Element): number {
  const range = document.createRange()
  range.selectNodeContents(element)
  return range.getBoundingClientRect().width
}

function inline(from: Element, to: Element): void {
  const style = getComputedStyle(from)
  for (const name of properties) to.setAttribute(name, style.getPropertyValue(name))
  to.removeAttribute('style')
  to.removeAttribute('class')
  Array.from(from.children).forEach((child, at) => {
    const other = to.children[at]
    if (other) inline(child, other)
  })
}

const words = (
  x: number,
  y: number,
  text: string,
  { size, weight = 400, colour, width }: { size: number; weight?: number; colour: string; width?: number },
): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" font-weight="${weight}" fill="${colour}"${width ? ` textLength="${width.toFixed(1)}" lengthAdjust="spacingAndGlyphs"` : ''}>${escapeText(text)}</text>`
