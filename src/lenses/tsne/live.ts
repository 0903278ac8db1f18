/** Packs the maps for the page and writes the markup that the player brings to life. */
import { random } from '../../base/random.ts'
import { base64 } from '../../figures/base64.ts'
import { classColour, colourTable } from '../../figures/colour-maps.ts'
import type { Live } from '../../figures/report.ts'
import { escapeText } from '../../figures/svg.ts'
import { makeAtlas, tileSide } from '../atlas.ts'
import type { Canvas } from '../lens.ts'
import { rowsOfItems } from './items.ts'
import { type Limits, limitsOf, mostNames } from './panel.ts'
import type { PackedMap, PackedMaps } from './player/packed.ts'
import { player } from './player.bundle.ts'
import type { IllustratedTsne, TsneLensResult } from './result.ts'

/** WebP has no more pixels than this on a side. */
const mostPixels = 16383

export interface Panel {
  title: string
  limits: Limits
  /** numbers of the embeddings whose maps it shows, one after another */
  of: readonly number[]
  maps: readonly Float32Array[]
}

export interface Row {
  label: string
  panels: readonly Panel[]
}

/**
 * The maps of the lens in rows: each by itself, yoked, and one that moves between them. Maps that were laid out
 * together share their limits.
 */
export function rowsOf({ layout, names, sources }: TsneLensResult): Row[] {
  const { maps, alone } = layout
  const every = maps.map((_, m) => m)
  const still = (of: readonly Float32Array[]): Panel[] => {
    const limits = limitsOf(of)
    return every.map(m => ({ title: names[m], limits, of: [m], maps: [of[m]] }))
  }
  const moving = (title: string, of: readonly Float32Array[]): Panel => ({
    title,
    limits: limitsOf(of),
    of: every,
    maps: of,
  })
  if (maps.length === 1) return [{ label: '', panels: still(maps) }]
  if (maps.length === 2) {
    return [
      { label: 'each by itself', panels: still(alone?.maps ?? maps) },
      ...(alone ? [{ label: 'yoked', panels: still(maps) }] : []),
      { label: 'from one to the other', panels: [moving(alone ? 'yoked' : 'each by itself', maps)] },
    ]
  }
  const what = sources.every(({ epoch }) => epoch !== undefined) ? 'the epochs' : 'the maps'
  return [
    {
      label: `${what}, one after another`,
      panels: alone
        ? [moving('each by itself', alone.maps), moving('yoked', maps)]
        : [moving('each by itself', maps)],
    },
  ]
}

export async function drawLive(
  result: IllustratedTsne,
  embed: Canvas['embed'],
): Promise<{ live: Live; shown: number }> {
  const { items, classes, difference, options, seed, vectors } = result
  const shown = chosenItems(items.count, options.dots, seed)
  const rows = rowsOfItems(items)
  const rowsOfPanels = rowsOf(result)
  const pack = (map: Float32Array, m: number, limits: Limits): PackedMap => {
    const axis = (at: 0 | 1, from: number) =>
      base64(
        Uint16Array.from(shown, item => {
          const row = rows[m][item]
          return row < 0 ? 65535 : Math.round((65534 * (map[2 * row + at] - from)) / limits.side)
        }),
      )
    return { name: result.names[m], x: axis(0, limits.left), y: axis(1, limits.top) }
  }
  const shareOf = (values: Float32Array, most: number) =>
    base64(
      Uint8Array.from(shown, item =>
        Number.isNaN(values[item]) ? 255 : Math.round((254 * values[item]) / most),
      ),
    )
  const movedMost = difference
    ? difference.points.moved.reduce((most, value) => (value > most ? value : most), 1e-12)
    : 1
  const data: PackedMaps = {
    panels: rowsOfPanels.flatMap(({ panels }) =>
      panels.map(({ title, limits, of, maps }) => ({
        title,
        maps: of.map((m, at) => pack(maps[at], m, limits)),
      })),
    ),
    classes: classes.names,
    label: base64(
      Uint16Array.from(shown, item => (classes.ofItems[item] < 0 ? 65535 : classes.ofItems[item])),
    ),
    paths: Array.from(shown, item => items.paths[item]),
    ...(difference && {
      moved: shareOf(difference.points.moved, movedMost),
      changed: shareOf(difference.points.changed, 1),
    }),
    movedMost,
    colours: {
      classes: Array.from({ length: 10 }, (_, index) => classColour(index)),
      scale: base64(colourTable('viridis')),
    },
    atlas: await packAtlas(vectors, rows, shown, options.thumbnails, embed),
  }
  return {
    live: {
      kind: 'live',
      markup: markup(rowsOfPanels, data),
      data,
      script: player,
      caption:
        'Point at a dot to find it in every map; draw around dots to follow them; click on a class to see it alone. The wheel zooms all maps, and pictures appear when you come close; shift and drag moves them.',
    },
    shown: shown.length,
  }
}

/** All items, or a random sample of as many as the page may carry. */
function chosenItems(count: number, most: number, seed: number): Int32Array {
  const all = Int32Array.from({ length: count }, (_, item) => item)
  return count <= most ? all : random(seed, 'tsne dots').shuffle(all).slice(0, most).sort()
}

async function packAtlas(
  vectors: IllustratedTsne['vectors'],
  rows: readonly Int32Array[],
  shown: Int32Array,
  most: number,
  embed: Canvas['embed'],
): Promise<PackedMaps['atlas']> {
  const with_ = vectors.findIndex(({ pictures }) => pictures)
  if (with_ < 0 || most === 0) return undefined
  const { store, places } = vectors[with_].pictures!
  const tile = new Uint16Array(shown.length).fill(65535)
  const ids: number[] = []
  for (let at = 0; at < shown.length && ids.length < Math.min(most, 65535); at++) {
    const row = rows[with_][shown[at]]
    if (row < 0 || places[row] < 0) continue
    tile[at] = ids.length
    ids.push(places[row])
  }
  const fits = (mostPixels / tileSide(ids.length)) ** 2
  const { picture, across } = makeAtlas(store, Int32Array.from(ids.slice(0, fits)))
  tile.forEach((place, at) => {
    if (place >= fits) tile[at] = 65535
  })
  return {
    image: (await embed(picture, 60)).split(',')[1],
    across,
    side: picture.width / across,
    tile: base64(tile),
  }
}

function markup(rows: readonly Row[], { classes, moved, atlas, colours }: PackedMaps): string {
  const stops = Math.max(...rows.flatMap(({ panels }) => panels.map(({ maps }) => maps.length)))
  const option = (value: string, text: string) => `<option value="${value}">${text}</option>`
  const tick = (name: string, text: string, on: boolean) =>
    `<label><input type="checkbox" data-maps="${name}"${on ? ' checked' : ''}> ${text}</label>`
  const moving = `<span class="maps-moving"><button type="button" data-maps="play" aria-pressed="false">Morph</button><button type="button" data-maps="flicker" aria-pressed="false">Flicker</button><input type="range" data-maps="time" aria-label="from the first map to the last" min="0" max="${stops - 1}" step="any" value="${stops - 1}"></span>`
  const bar = [
    `<label>colour by <select data-maps="colour">${option('class', 'class')}${moved === undefined ? '' : option('moved', 'distance between its places') + option('changed', 'change of neighbours')}</select></label>`,
    `<label${atlas ? '' : ' hidden'}><input type="checkbox" data-maps="pictures"> pictures</label>`,
    classes.length <= mostNames ? tick('names', 'names', classes.length > 0) : '',
    '<button type="button" data-maps="whole">Whole map</button>',
  ].join('')
  const legend = classes
    .map(
      (name, index) =>
        `<button type="button" data-class="${index}" aria-pressed="false">${swatch(index, colours.classes[index % colours.classes.length])}${escapeText(name)}</button>`,
    )
    .join('')
  const panel = ({ title, maps }: Panel) =>
    `<div class="maps-panel"><b>${maps.length > 1 ? `${escapeText(title)}: ` : ''}<span class="maps-line"></span></b><canvas role="img" aria-label="${escapeText(`map: ${title}`)}"></canvas></div>`
  const drawn = rows.map(
    ({ label, panels }) =>
      `${label ? `<h3>${escapeText(label)}</h3>` : ''}${panels.some(({ maps }) => maps.length > 1) ? moving : ''}<div class="maps-row${panels.length > 1 ? '' : ' single'}">${panels.map(panel).join('')}</div>`,
  )
  return `<style>${style}</style><div class="maps-bar">${bar}</div>${legend ? `<div class="maps-legend${classes.length > 40 ? ' many' : ''}">${legend}</div>` : ''}<div class="maps-selection" data-maps="selection" hidden></div>${drawn.join('')}<div class="maps-card" data-maps="card" hidden></div>`
}

/** Colour and shape of a class: as on the maps. */
function swatch(index: number, colour: string): string {
  const shape = [
    '<circle cx="6" cy="6" r="4.5"/>',
    '<rect x="2" y="2" width="8" height="8"/>',
    '<path d="M6 1l5 9H1z"/>',
    '<path d="M6 .5L11 6l-5 5.5L1 6z"/>',
  ][Math.floor(index / 10) % 4]
  return `<svg width="12" height="12" fill="${colour}" aria-hidden="true">${shape}</svg>`
}

const style = `
.live{position:relative}.live h3{font-size:15px;margin:18px 0 8px;color:var(--mark)}.maps-bar,.maps-moving{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;font-size:14px;margin-bottom:10px}.maps-bar label{color:var(--pale)}.live [hidden]{display:none}.maps-bar select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:5px;padding:2px 4px}.maps-bar input,.maps-moving input{accent-color:#1a7f5a}.maps-moving input{flex:1 1 200px;max-width:420px}
.live button{font:inherit;color:inherit;cursor:pointer;border:1px solid var(--line);border-radius:6px;background:var(--card);padding:3px 10px}.live button[aria-pressed=true]{border-color:#1a7f5a;box-shadow:inset 0 0 0 1px #1a7f5a}.maps-moving button{border:0;background:#1a7f5a;color:#fff;padding:5px 14px}.maps-moving button[aria-pressed=true]{background:#0d4e37}
.maps-legend{display:flex;flex-wrap:wrap;gap:4px;font-size:12.5px;margin-bottom:10px}.maps-legend.many{max-height:112px;overflow-y:auto}.maps-legend button{padding:1px 7px;border-color:transparent;background:none}.maps-legend svg{margin-right:4px;vertical-align:-1px}
.maps-row{display:grid;grid-template-columns:1fr 1fr;gap:14px}.maps-row.single{grid-template-columns:minmax(0,640px)}.maps-panel{background:#fff;color:#1d2329;border:1px solid var(--line);border-radius:8px;overflow:hidden}.maps-panel b{display:block;padding:7px 12px 5px;font-size:14px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.maps-panel canvas{display:block;width:100%;aspect-ratio:1;cursor:crosshair;touch-action:none}
.maps-selection{font-size:13px;display:flex;flex-wrap:wrap;gap:4px;padding:8px 10px;border:1px solid var(--line);border-radius:8px;background:var(--card);margin-bottom:10px}.maps-selection p{flex-basis:100%;margin:0;max-width:none}.maps-selection span{border-radius:3px}
.maps-card{position:absolute;z-index:2;width:136px;background:#fff;color:#1d2329;border:1px solid #b9c1c7;border-radius:8px;box-shadow:0 4px 18px #0003;padding:10px;font-size:12px;line-height:1.35;pointer-events:none}.maps-card span,.maps-card b,.maps-card i,.maps-card small{display:block;font-style:normal;overflow-wrap:anywhere}.maps-card span{border-radius:4px;margin-bottom:4px}.maps-card i{color:#1a7f5a}.maps-card small{color:#6b757d}
@media (max-width:700px){.maps-row{grid-template-columns:1fr}}`
