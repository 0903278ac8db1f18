/** Two images in which one points at a place of one and sees its match in the other: what the page's player is given. */
import { largest, smallest } from '../../base/extremes.ts'
import { lastPart } from '../../base/names.ts'
import { base64 } from '../../figures/base64.ts'
import { colourTable } from '../../figures/colour-maps.ts'
import type { Live } from '../../figures/report.ts'
import { escapeText } from '../../figures/svg.ts'
import type { Canvas } from '../lens.ts'
import { gridOnView } from '../maps/painting.ts'
import type { PackedPairs } from './player/packed.ts'
import { player } from './player.bundle.ts'
import type { SimilarityResult } from './result.ts'

export async function drawPairs(
  { similarity, maps, views, paths }: SimilarityResult,
  pairs: Float32Array,
  embed: Canvas['embed'],
): Promise<Live> {
  const [low, high] = [smallest(pairs), largest(pairs)]
  const [view] = views
  const { centre, stride } = gridOnView(maps.grid, maps.size, view)
  // The middle of a cell, in shares of the image.
  const [top, left] = centre.map((at, side) => (at + 0.5) / (side ? view.width : view.height))
  const data: PackedPairs = {
    images: await Promise.all(views.map(view => embed(view))),
    rows: maps.height,
    columns: maps.width,
    first: [left, top],
    step: [stride[1] / view.width, stride[0] / view.height],
    pairs: base64(Uint16Array.from(pairs, value => Math.round((65535 * (value - low)) / (high - low || 1)))),
    low,
    high,
    cosine: similarity.cosine,
    colours: base64(colourTable('turbo')),
  }
  const names = paths.map(lastPart)
  const figureOf = (name: string, at: number) =>
    `<figure data-pair="${at ? 'other' : 'one'}" tabindex="0" role="img" aria-label="${escapeText(name)}: point at a place, or move with the arrow keys"><img alt=""><canvas></canvas><figcaption>${escapeText(name)}</figcaption></figure>`
  return {
    kind: 'live',
    markup: `<style>${style}</style><div class="pair-views">${names.map(figureOf).join('')}</div><p class="pair-words" data-pair="words" aria-live="polite"></p>`,
    data,
    script: player,
    caption:
      'Point at a place of either image, or click to keep it: the other image shows what each of its places adds together with it. Over the other image these values sum to what the place itself adds to the similarity.',
  }
}

const style = `.pair-views{display:flex;flex-wrap:wrap;gap:16px}.pair-views figure{position:relative;flex:1 1 240px;max-width:420px;margin:0;cursor:crosshair;touch-action:manipulation}.pair-views img{display:block;width:100%;aspect-ratio:1;border-radius:6px}.pair-views canvas{position:absolute;left:0;top:0;width:100%;aspect-ratio:1;border-radius:6px;pointer-events:none}.pair-views figcaption{margin-top:4px;font-size:13px;overflow-wrap:anywhere}.pair-views figure:focus-visible{outline:2px solid #1a7f5a;outline-offset:3px}.pair-words{min-height:1.5em;font-variant-numeric:tabular-nums}`
