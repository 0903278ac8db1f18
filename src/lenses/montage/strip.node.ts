/** The strip of frames over all people, for a page. */
import { join } from 'node:path'
import { mapConcurrently } from '../../base/concurrent.ts'
import { byNumber, lastPart } from '../../base/names.ts'
import { blankPicture } from '../../base/picture.ts'
import { decodesAtOnce, readPicture } from '../../data/decode.node.ts'
import { dataUri } from '../../figures/files.node.ts'
import type { Part } from '../../figures/report.ts'
import type { Strip } from './player/index.ts'
import { player } from './player.bundle.ts'

/** A frame of a person, and where it lies. */
export interface StripFrame {
  person: string
  seconds: number
  path: string
}

/** Columns at most: more would be narrower than a finger and heavier than a page should be. */
const most = 120
const side = 80

/** Columns through the whole time, evenly; of all times that occur. */
export function columnsOf(frames: readonly StripFrame[]): number[] {
  const times = [...new Set(frames.map(({ seconds }) => seconds))].sort((a, b) => a - b)
  const count = Math.min(most, times.length)
  return Array.from({ length: count }, (_, k) => times[Math.floor(((k + 0.5) * times.length) / count)])
}

export async function makeStrip(
  root: string,
  frames: readonly StripFrame[],
  times = columnsOf(frames),
): Promise<Strip> {
  const people = [...new Set(frames.map(({ person }) => person))].sort(byNumber)
  const at = new Map(frames.map(frame => [`${frame.person} ${frame.seconds}`, frame.path]))
  const cells = people.flatMap(person => times.map(seconds => at.get(`${person} ${seconds}`)))
  const across = Math.min(cells.length, times.length)
  const sheet = blankPicture(across * side, Math.ceil(cells.length / across) * side, [128, 128, 128])
  await mapConcurrently(cells, decodesAtOnce(), async (path, place) => {
    if (path === undefined) return
    const { data } = await readPicture(join(root, path), { resize: { width: side, height: side } })
    const [left, top] = [(place % across) * side, Math.floor(place / across) * side]
    for (let y = 0; y < side; y++)
      sheet.data.set(data.subarray(3 * y * side, 3 * (y + 1) * side), 3 * ((top + y) * sheet.width + left))
  })
  return {
    people: people.map(personName),
    times,
    image: await dataUri(sheet, 80),
    across,
    side,
    present: cells.map(path => (path === undefined ? '0' : '1')).join(''),
  }
}

/** `talk/tile-3` as tile 3 */
export const personName = (person: string): string => lastPart(person).replace('-', ' ')

export const stripPart = (strip: Strip, caption: string): Part => ({
  kind: 'live',
  markup: markup(strip.curve !== undefined),
  data: strip,
  script: player,
  caption,
})

const markup = (withCurve: boolean): string => `<style>
.strip{user-select:none}.strip button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px 16px;min-height:44px;min-width:88px;cursor:pointer}
.strip button:focus-visible,.strip input:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
.strip .faces{display:flex;flex-wrap:wrap;gap:10px;margin:8px 0 14px}.strip .faces div{display:grid;gap:2px;justify-items:center}.strip .faces canvas{width:clamp(72px,21vw,120px);height:auto;border-radius:6px;background:var(--line)}
.strip .line{display:flex;gap:12px;align-items:center;margin:8px 0}.strip .line input{flex:1;min-width:0;min-height:44px}.strip .line output{min-width:64px;text-align:right;font-variant-numeric:tabular-nums}
.strip .rows{position:relative;overflow:hidden;touch-action:pan-y;cursor:ew-resize}.strip .rows canvas{width:100%;display:block}.strip .cursor{position:absolute;top:0;bottom:0;left:-1px;width:2px;background:#c8441b;pointer-events:none}
</style><div class="strip"><div class="faces" data-strip="faces"></div>
<div class="line"><button data-strip="run">Play</button><input type="range" min="0" step="1" aria-label="time" data-strip="slider"><output data-strip="clock"></output></div>
<div class="rows" data-strip="rows"><canvas data-strip="canvas" aria-hidden="true"></canvas>${withCurve ? '<canvas data-strip="curve" aria-hidden="true"></canvas>' : ''}<div class="cursor" data-strip="cursor"></div></div></div>`
