/** The frame of a figure that is taken away: paper, its title above, and below how it is made again. */
import { coloursOfPage } from './panels.ts'
import type { Item, Scene } from './scene.ts'

/** In pixels around what the figure shows. */
export const margin = { side: 20, head: 52, foot: 44 } as const

/**
 * @param content its size
 * @param items what it shows, from (`margin.side`, `margin.head`) on
 */
export function framed(
  content: { width: number; height: number },
  title: string,
  line: string,
  items: readonly Item[],
): Scene {
  const { ink, soft, paper } = coloursOfPage()
  const width = content.width + 2 * margin.side
  const height = content.height + margin.head + margin.foot
  const about = `Made again by: ${line}`
  return {
    width,
    height,
    ink,
    about: `${title}. Made by Glasshouse. ${about}`,
    items: [
      { kind: 'box', x: 0, y: 0, width, height, colour: paper },
      { kind: 'words', x: margin.side, y: 32, text: title, size: 17, weight: 600 },
      ...items,
      { kind: 'words', x: margin.side, y: height - 16, text: about, size: 11, colour: soft },
    ],
  }
}
