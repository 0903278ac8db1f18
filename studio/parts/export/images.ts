/** Images as they stand on the page, with the words below them and the frames around them, as one figure. */
import { fontFamily } from '../dots/marks.ts'
import { framed, margin } from './frame.ts'
import { coloursOfPage } from './panels.ts'
import type { Item, Scene } from './scene.ts'

/** The words that belong to images: in grids, sheets, groups of near-duplicates and on cards. */
const wordsBelow = 'figcaption, .tile > span, .duplicate-words > :not(button), .cards strong, .cards .small'

/** @param room holds the images; one that has not come yet is an empty square */
export function imagesScene(room: Element, title: string, line: string): Scene {
  const { empty } = coloursOfPage()
  const all = [...room.querySelectorAll('img')].map(image => ({ image, box: image.getBoundingClientRect() }))
  const shown = all.filter(({ box }) => box.width > 0 && box.height > 0)
  const words = [...room.querySelectorAll<HTMLElement>(wordsBelow)].filter(
    element => element.textContent && element.getBoundingClientRect().width > 0,
  )
  const around = room.getBoundingClientRect()
  const boxes = [...shown.map(({ box }) => box), ...words.map(element => element.getBoundingClientRect())]
  // Of a grid that scrolls, what stands in the document.
  const [first, last] = boxes.reduce(
    ([top, bottom], box) => [Math.min(top, box.top), Math.max(bottom, box.bottom)],
    [around.bottom, around.top],
  )
  const content = { width: Math.ceil(around.width), height: Math.ceil(Math.max(0, last - first)) }
  const move = (box: DOMRect) => ({
    x: box.left - around.left + margin.side,
    y: box.top - first + margin.head,
  })
  return framed(content, title, line, [
    ...shown.flatMap(({ image, box }) => imageItems(image, box, move(box), empty)),
    ...words.map(element => wordsItem(element, move(element.getBoundingClientRect()))),
  ])
}

const frame = 3

function imageItems(
  image: HTMLImageElement,
  { width, height }: DOMRect,
  { x, y }: { x: number; y: number },
  empty: string,
): Item[] {
  const box = { x, y, width, height }
  const colour = frameOf(image)
  const inset = colour ? frame : 0
  const within = { x: x + inset, y: y + inset, width: width - 2 * inset, height: height - 2 * inset }
  const hasCome = image.complete && image.naturalWidth > 0
  return [
    ...(colour ? [{ kind: 'box' as const, ...box, colour }] : []),
    hasCome
      ? { kind: 'image', ...within, image, isFromCorner: isFromCorner(image) }
      : { kind: 'box', ...within, colour: empty },
  ]
}

const isFromCorner = (image: HTMLImageElement): boolean => getComputedStyle(image).objectPosition === '0% 0%'

/** Right and wrong answers are framed on the page: by an outline, or by a shadow within the button around the image. */
function frameOf(image: HTMLImageElement): string | undefined {
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(image)
  if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) return outlineColor
  const { boxShadow } = getComputedStyle(image.closest('button') ?? image)
  return boxShadow.includes('inset') ? /^[a-z]+\([^)]*\)/.exec(boxShadow)?.[0] : undefined
}

function wordsItem(element: HTMLElement, { x, y }: { x: number; y: number }): Item {
  const { fontSize, fontWeight, color } = getComputedStyle(element)
  const size = Number.parseFloat(fontSize)
  const { width, height } = element.getBoundingClientRect()
  return {
    kind: 'words',
    ...{ x, y: y + height / 2 + 0.36 * size, size, weight: Number(fontWeight), colour: color },
    text: cutTo(width + 1, element.textContent ?? '', `${fontWeight} ${fontSize} ${fontFamily}`),
  }
}

/** The words that fit into so many pixels, as the page cuts them. */
export function cutTo(width: number, text: string, font: string): string {
  const context = document.createElement('canvas').getContext('2d')
  if (!context) return text
  context.font = font
  const fits = (part: string) => context.measureText(part).width <= width
  if (fits(text)) return text
  let length = text.length
  while (length > 0 && !fits(`${text.slice(0, length)}…`)) length--
  return `${text.slice(0, length)}…`
}
