/**
 * The drawing of a network: boxes from top to bottom, branches side by side within a panel, in as many columns as
 * give the image a handy form.
 */
import { largest } from '../base/extremes.ts'
import { escapeText, fittingSize, svgDocument, textAt, textWidth } from './svg.ts'

export type Tone = 'convolution' | 'linear' | 'pool' | 'normalisation' | 'join' | 'other'

export interface Box {
  kind: 'box'
  /** the layer's name, '' without one */
  name: string
  /** the operator that matters */
  label: string
  /** those that follow it */
  steps: readonly string[]
  tone: Tone
  /** what comes out, without the batch */
  shape: readonly number[]
  parameters: number
  multiplyAdds: number
}

/** Branches that begin at what stands above, and end in a join. */
export interface Fork {
  kind: 'fork'
  name: string
  /** an empty one is what stands above, unchanged */
  branches: readonly (readonly Part[])[]
  /** absent where the branches end in the join of the fork around */
  join?: Box
  parameters: number
  multiplyAdds: number
  /** names of all, where several of the same form follow each other */
  repeated?: readonly string[]
}

export type Part = Box | Fork

export interface NetworkDrawing {
  title: string
  subtitle: string
  parts: readonly Part[]
}

interface Size {
  width: number
  height: number
}

const boxWidth = 150
const lineHeight = 13
const gap = 16
const branchGap = 12
const passWidth = 24
const padding = 10
const titleHeight = 20
const curve = 22
const margin = 28
const columnGap = 44
/** behind a panel that stands for several */
const shadow = 4

const fills: Record<Tone, string> = {
  convolution: '#dcebf7',
  linear: '#eadff5',
  pool: '#dff1e4',
  normalisation: '#fbf1d3',
  join: '#eceff1',
  other: '#f7f7f5',
}
const strokes: Record<Tone, string> = {
  convolution: '#7fa8cb',
  linear: '#a88bc9',
  pool: '#85bb97',
  normalisation: '#d3b961',
  join: '#9aa5ae',
  other: '#c4c4be',
}
const ink = '#3d4852'
const pale = '#66717b'

export function drawNetwork({ title, subtitle, parts }: NetworkDrawing): string {
  const columns = chooseColumns(parts)
  const widths = columns.map(column => largest(column.map(part => sizeOfPart(part).width)))
  const heights = columns.map(sequenceHeight)
  const top = margin + 56
  const width =
    widths.reduce((sum, column) => sum + column, 0) + columnGap * (columns.length - 1) + 2 * margin
  const height = top + largest(heights) + margin + 14
  let x = margin
  const drawn = columns.map((column, index) => {
    const centre = x + widths[index] / 2
    x += widths[index] + columnGap
    // The way from the foot of a column to the head of the next runs between the two.
    const next = x + (widths[index + 1] ?? 0) / 2
    const foot = top + heights[index]
    const lane = x - columnGap / 2
    const way = columns[index + 1]
      ? line(
          `M${centre} ${foot}V${foot + 8}Q${centre} ${foot + 14} ${centre + 6} ${foot + 14}H${lane - 6}Q${lane} ${foot + 14} ${lane} ${foot + 8}V${top - 8}Q${lane} ${top - 14} ${lane + 6} ${top - 14}H${next - 6}Q${next} ${top - 14} ${next} ${top - 8}V${top - 1}`,
        )
      : ''
    return way + drawSequence(column, centre, top, '')
  })
  const page = Math.max(width, 420)
  const heading = `${textAt(margin, margin + 12, title, { size: fittingSize(title, page - 2 * margin, 20, 700), weight: 700, colour: ink })}${textAt(margin, margin + 32, subtitle, { size: 12, colour: pale })}`
  return svgDocument(Math.ceil(page), Math.ceil(height), arrowHead + heading + drawn.join(''), title)
}

const arrowHead = `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0.5L7.5 4L0 7.5z" fill="${pale}"/></marker></defs>`

const line = (path: string, arrow = true): string =>
  `<path d="${path}" fill="none" stroke="${pale}" stroke-width="1.2"${arrow ? ' marker-end="url(#arrow)"' : ''}/>`

/** As many columns as bring the image nearest to four by three. */
function chooseColumns(parts: readonly Part[]): Part[][] {
  const widest = largest(parts.map(part => sizeOfPart(part).width))
  const options = [1, 2, 3, 4, 5, 6, 7, 8].map(count => {
    const columns = balancedColumns(parts, count)
    const width = columns.length * (widest + columnGap)
    const form = width / (largest(columns.map(sequenceHeight)) + 100)
    return { columns, distance: Math.abs(Math.log(form / (4 / 3))) }
  })
  return options.reduce((best, option) => (option.distance < best.distance ? option : best)).columns
}

/** At most `count` columns, the tallest as low as it can be. */
function balancedColumns(parts: readonly Part[], count: number): Part[][] {
  const tallest = largest(parts.map(part => sizeOfPart(part).height))
  for (let limit = Math.max(tallest, sequenceHeight(parts) / count); ; limit += 8) {
    const columns = splitColumns(parts, limit)
    if (columns.length <= count) return columns
  }
}

function splitColumns(parts: readonly Part[], limit: number): Part[][] {
  const columns: Part[][] = [[]]
  for (const part of parts) {
    const last = columns.at(-1)!
    if (last.length && sequenceHeight([...last, part]) > limit) columns.push([part])
    else last.push(part)
  }
  return columns
}

const sequenceHeight = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => sum + sizeOfPart(part).height, 0) + gap * Math.max(0, parts.length - 1)

function sizeOfPart(part: Part): Size {
  if (part.kind === 'box') return { width: boxWidth, height: 9 + lineHeight * linesOf(part, '').length }
  const branches = part.branches.map(sizeOfBranch)
  const width = branches.reduce((sum, branch) => sum + branch.width, 0) + branchGap * (branches.length - 1)
  const tallest = largest(branches.map(({ height }) => height))
  const join = part.join ? sizeOfPart(unnamed(part.join)).height + padding : 0
  return {
    width: Math.max(width, boxWidth, titleWidth(part)) + 2 * padding + (part.repeated ? 4 * shadow : 0),
    height: (part.name ? titleHeight : 0) + curve + tallest + curve + join + (part.repeated ? shadow : 0),
  }
}

const sizeOfBranch = (branch: readonly Part[]): Size =>
  branch.length === 0
    ? { width: passWidth, height: 0 }
    : {
        width: largest(branch.map(part => sizeOfPart(part).width)),
        height: sequenceHeight(branch),
      }

/** One below the other, with arrows between them. */
function drawSequence(parts: readonly Part[], centre: number, top: number, prefix: string): string {
  let y = top
  return parts
    .map((part, index) => {
      const arrow = index === 0 ? '' : line(`M${centre} ${y - gap}V${y - 1}`)
      const drawn = part.kind === 'box' ? drawBox(part, centre, y, prefix) : drawFork(part, centre, y, prefix)
      y += sizeOfPart(part).height + gap
      return arrow + drawn
    })
    .join('')
}

function drawBox(box: Box, centre: number, top: number, prefix: string): string {
  const { height } = sizeOfPart(box)
  const left = centre - boxWidth / 2
  const lines = linesOf(box, prefix).map(({ text, size, weight, colour }, index) =>
    textAt(centre, top + 15 + lineHeight * index, text, { size, weight, colour, anchor: 'middle' }),
  )
  const drawn = `<rect x="${left}" y="${top}" width="${boxWidth}" height="${height}" rx="5" fill="${fills[box.tone]}" stroke="${strokes[box.tone]}"/>${lines.join('')}`
  // By which a page lets a layer be picked.
  return box.name ? pickable(box.name, drawn) : drawn
}

const pickable = (name: string, drawn: string): string => `<g data-layer="${escapeText(name)}">${drawn}</g>`

interface Line {
  text: string
  size: number
  weight: number
  colour: string
}

function linesOf(box: Box, prefix: string): Line[] {
  const name = box.name.startsWith(prefix) ? box.name.slice(prefix.length) : box.name
  const steps = box.steps.join(' · ')
  const short = box.label.length + steps.length < 20
  const shape = box.shape.join(' × ')
  const plain = (text: string): Line => ({
    text,
    ...{ size: fittingSize(text, boxWidth - 6, 11), weight: 400, colour: ink },
  })
  return [
    ...(box.name
      ? [
          {
            text: plainName(name),
            size: fittingSize(plainName(name), boxWidth - 6, 11, 700),
            weight: 700,
            colour: ink,
          },
        ]
      : []),
    plain(short && steps ? `${box.label} · ${steps}` : box.label),
    ...(steps && !short ? [plain(steps)] : []),
    {
      text: box.parameters ? `${shape} | ${abbreviate(box.parameters)}` : shape,
      ...{ size: 10, weight: 400, colour: pale },
    },
  ]
}

function drawFork(fork: Fork, centre: number, top: number, outer: string): string {
  const { name, branches, join, repeated } = fork
  const whole = sizeOfPart(fork)
  const width = whole.width - (repeated ? 4 * shadow : 0)
  const height = whole.height - (repeated ? shadow : 0)
  const left = centre - width / 2
  const prefix = prefixOf(name) || outer
  const panel = (shift: number) =>
    `<rect x="${left + shift}" y="${top + shift}" width="${width}" height="${height}" rx="8" fill="#fbfcfd" stroke="#cfd6dc"/>`
  const head = name ? titleHeight : 0
  const start = top + head
  const sizes = branches.map(sizeOfBranch)
  const tallest = largest(sizes.map(size => size.height))
  const end = start + curve + tallest + curve
  let x = centre - (sizes.reduce((sum, size) => sum + size.width, 0) + branchGap * (sizes.length - 1)) / 2
  const drawn = branches.map((branch, index) => {
    const middle = x + sizes[index].width / 2
    x += sizes[index].width + branchGap
    const from = start + curve
    const bend = (x1: number, y1: number, x2: number, y2: number) =>
      `C${x1} ${y1 + curve / 2} ${x2} ${y2 - curve / 2} ${x2} ${y2}`
    const foot = from + sizes[index].height
    const down = `V${end - curve}${bend(middle, end - curve, centre, end - 1)}`
    const begin = `M${centre} ${start}${bend(centre, start, middle, from - 1)}`
    if (branch.length === 0) return line(begin + down, join !== undefined)
    const arrives = branch[0].kind === 'box'
    return `${line(begin, arrives)}${line(`M${middle} ${foot}${down}`, join !== undefined)}${drawSequence(branch, middle, from, prefix)}`
  })
  const parts = [
    ...(repeated ? [panel(2 * shadow), panel(shadow)] : []),
    head ? pickable(name, panel(0) + titleOf(fork, left, top, width)) : panel(0),
    ...drawn,
    join ? drawBox(unnamed(join), centre, end, prefix) : '',
  ]
  return parts.join('')
}

/** The panel has the name of the join already. */
const unnamed = (join: Box): Box => ({ ...join, name: '' })

/** Name on the left, what it costs on the right. */
function titleOf(fork: Fork, left: number, top: number, width: number): string {
  const { title, cost } = titleTexts(fork)
  const style = fork.repeated ? { colour: '#b3541e', weight: 700 } : { colour: pale }
  return (
    textAt(left + padding, top + 15, title, { size: 12, weight: 700, colour: ink }) +
    textAt(left + width - padding, top + 15, cost, { size: 11, anchor: 'end', ...style })
  )
}

function titleTexts({ name, parameters, repeated }: Fork): { title: string; cost: string } {
  const times = repeated ? `${repeated.length} ×` : ''
  const cost = [times, parameters ? abbreviate(parameters) : ''].filter(Boolean).join(' ')
  const title = repeated ? `${name} … ${lastPart(repeated.at(-1)!)}` : name
  return { title: plainName(title), cost }
}

function titleWidth(fork: Fork): number {
  if (!fork.name) return 0
  const { title, cost } = titleTexts(fork)
  return 1.1 * (textWidth(title, 12) + textWidth(cost, 11)) + 10
}

/** Without what PyTorch's exporter puts behind every name. */
const plainName = (name: string): string => name.replace(/_output_0$/, '')

/** `inception_3a/output` has `inception_3a/3x3` inside, `stage1.unit1` has `stage1.unit1.branch`. */
const prefixOf = (name: string): string =>
  name === '' ? '' : name.includes('/') ? name.slice(0, name.lastIndexOf('/') + 1) : `${name}.`

const lastPart = (name: string): string => name.slice(Math.max(name.lastIndexOf('.'), name.indexOf('/')) + 1)

/** 9.4 k, 2.36 M: three digits are enough for a drawing. */
export function abbreviate(count: number): string {
  if (count >= 1e9) return `${Number((count / 1e9).toPrecision(3))} G`
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(3))} M`
  return count >= 1e4 ? `${Number((count / 1e3).toPrecision(3))} k` : String(count)
}
