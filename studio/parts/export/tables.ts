/** A table or a list as it stands on the page, as one figure: its words, colours, small curves and bars of progress. */
import { fontFamily } from '../dots/marks.ts'
import { framed, margin } from './frame.ts'
import { cutTo } from './images.ts'
import { coloursOfPage } from './panels.ts'
import type { Item, Scene } from './scene.ts'

type Move = (box: DOMRect) => { x: number; y: number }

/** Of no use on paper, such as the boxes to choose rows by. */
const left = '.unseen, .tick, .button'

/** @param table or a list, whose items are rows of one cell */
export function tableScene(table: Element, title: string, line: string): Scene {
  const { soft } = coloursOfPage()
  const around = table.getBoundingClientRect()
  // Of a long table that scrolls, the rows that stand in the document.
  const rows = [...table.querySelectorAll('tr:not(.spacer), :scope > li')].map(row =>
    row.getBoundingClientRect(),
  )
  const top = Math.min(...rows.map(row => row.top))
  const bottom = Math.max(...rows.map(row => row.bottom))
  const content = { width: Math.ceil(around.width), height: Math.ceil(bottom - top) }
  const move: Move = box => ({ x: box.left - around.left + margin.side, y: box.top - top + margin.head })
  const colour = plainColours()
  const cells = [...table.querySelectorAll('th, td, :scope > li')].filter(cell => !cell.matches(left))
  return framed(content, title, line, [
    ...cells.flatMap(cell => [
      ...[cell, ...cell.querySelectorAll('button, i, progress')]
        .filter(part => !part.matches(left))
        .flatMap(part => groundOf(part, move, colour)),
      ...[...cell.querySelectorAll('progress')].flatMap(bar => doneOf(bar, move, colour)),
      ...[...cell.querySelectorAll('svg.spark')].flatMap(curve => curveOf(curve, move, colour)),
      ...wordsOf(cell, move, colour),
    ]),
    ...rows.slice(1).map((row): Item => {
      const { y } = move(row)
      return {
        kind: 'line',
        points: [
          [margin.side, y],
          [margin.side + content.width, y],
        ],
        width: 0.5,
        colour: soft,
        opacity: 0.4,
      }
    }),
  ])
}

/** Colours in the form that other programs know, whatever the style sheet mixes them of; undefined for none. */
function plainColours(): (colour: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  return colour => {
    if (!known.has(colour) && context) {
      context.clearRect(0, 0, 1, 1)
      context.fillStyle = colour
      context.fillRect(0, 0, 1, 1)
      const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data
      known.set(colour, alpha ? `rgb(${red}, ${green}, ${blue})` : undefined)
    }
    return known.get(colour)
  }
}

function groundOf(part: Element, move: Move, plain: ReturnType<typeof plainColours>): Item[] {
  const box = part.getBoundingClientRect()
  const colour = plain(getComputedStyle(part).backgroundColor)
  return colour && box.width > 0 && box.height > 0
    ? [{ kind: 'box', ...move(box), width: box.width, height: box.height, colour }]
    : []
}

/** The part of a bar that is done, in the colour that its style gives it. */
function doneOf(bar: HTMLProgressElement, move: Move, plain: ReturnType<typeof plainColours>): Item[] {
  const { width, height } = bar.getBoundingClientRect()
  const done = width * Math.max(0, bar.position)
  return [
    {
      kind: 'box',
      ...move(bar.getBoundingClientRect()),
      ...{ width: done, height, colour: plain(getComputedStyle(bar).color) },
    },
  ]
}

function wordsOf(cell: Element, move: Move, plain: ReturnType<typeof plainColours>): Item[] {
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
  const items: Item[] = []
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    if (!element || !node.textContent?.trim() || element.closest(left)) continue
    const { fontSize, fontWeight, color, writingMode } = getComputedStyle(element)
    const size = Number.parseFloat(fontSize)
    const style = { size, weight: Number(fontWeight), colour: plain(color) }
    const font = `${fontWeight} ${fontSize} ${fontFamily}`
    // What the page cuts is cut by the box around it.
    const room = (element.closest('.clip') ?? element).getBoundingClientRect()
    for (const { text, box } of linesOf(node)) {
      const { x, y } = move(box)
      if (box.top >= room.bottom || box.width === 0 || box.height === 0) continue
      if (writingMode.startsWith('vertical')) {
        const long = Math.min(box.height, room.height)
        const foot = move(room).y + room.height
        items.push({
          kind: 'words',
          ...{ x: x + box.width / 2 + 0.36 * size, y: foot, turned: true, ...style },
          text: cutTo(long + 1, text, font),
        })
      } else {
        const wide = Math.min(box.width, Math.max(0, room.right - box.left))
        items.push({
          kind: 'words',
          ...{ x, y: y + box.height / 2 + 0.36 * size, ...style },
          text: cutTo(wide + 1, text, font),
        })
      }
    }
  }
  return items
}

/** The lines of a text as the page breaks it. */
function linesOf(node: Node): { text: string; box: DOMRect }[] {
  const range = document.createRange()
  range.selectNodeContents(node)
  const whole = node.textContent ?? ''
  if (range.getClientRects().length < 2) return [{ text: whole.trim(), box: range.getBoundingClientRect() }]
  const lines: { from: number; to: number; top: number }[] = []
  for (let at = 0; at < whole.length; at++) {
    range.setStart(node, at)
    range.setEnd(node, at + 1)
    const { top, width } = range.getBoundingClientRect()
    const last = lines.at(-1)
    if (last && (width === 0 || Math.abs(top - last.top) < 2)) last.to = at + 1
    else lines.push({ from: at, to: at + 1, top })
  }
  return lines.map(({ from, to }) => {
    range.setStart(node, from)
    range.setEnd(node, to)
    return { text: whole.slice(from, to).trim(), box: range.getBoundingClientRect() }
  })
}

function curveOf(curve: Element, move: Move, plain: ReturnType<typeof plainColours>): Item[] {
  const path = curve.querySelector('path')
  const { x, y } = move(curve.getBoundingClientRect())
  const points = (path?.getAttribute('d') ?? '')
    .slice(1)
    .split('L')
    .map(pair => pair.trim().split(' ').map(Number))
    .map(([left, top]): [number, number] => [x + left, y + top])
  if (!path || points.length < 2) return []
  const colour = plain(getComputedStyle(path).stroke)
  const [endX, endY] = points[points.length - 1]
  return [
    { kind: 'line', points, width: 1.4, colour },
    { kind: 'disc', x: endX, y: endY, radius: 2, colour },
  ]
}
