/** The page of triplets: the film, the path of a triplet, the histogram of distances, the numbers. */
import { largest } from '../../base/extremes.ts'
import { percent } from '../../base/percent.ts'
import type { PictureStore } from '../../data/store.ts'
import { base64 } from '../../figures/base64.ts'
import type { Film } from '../../figures/film.ts'
import type { Live, Part, Report } from '../../figures/report.ts'
import { escapeText } from '../../figures/svg.ts'
import type { EmbeddingRun } from '../../runs/embedding-run.ts'
import { makeAtlas } from '../atlas.ts'
import type { Canvas, Drawing } from '../lens.ts'
import { fieldNames, fields } from './field.ts'
import { type Album, chooseRows, makeAlbum, type PackedPanel, packPanel, quantum } from './film.ts'
import { drawDistances } from './histogram.ts'
import { dotsOf, isCorrect } from './measure.ts'
import {
  densityCells,
  dotColours,
  drawStill,
  geometry,
  manyDots,
  panelBack,
  panelFront,
  type StillPanel,
} from './panel.ts'
import { drawPath } from './path.ts'
import type { PackedAlbum, PackedFilm } from './player/packed.ts'
import { player } from './player.bundle.ts'
import {
  historyOf,
  type IllustratedTriplets,
  type RunHistory,
  type SplitHistory,
  type TripletsResult,
} from './result.ts'

/** One split of one run: a panel. */
interface Shown {
  run: RunHistory
  history: SplitHistory
  title: string
}

/** The images of the runs, once for each data set. */
async function storesOf(
  runs: readonly EmbeddingRun[],
  thumbnails: number,
): Promise<IllustratedTriplets['pictures']> {
  const pictures = new Map<string, PictureStore | undefined>()
  for (const run of thumbnails ? runs : []) {
    const { fingerprint } = run.record.data
    if (!pictures.has(fingerprint)) pictures.set(fingerprint, await run.pictures())
  }
  return pictures
}

export async function draw(
  found: TripletsResult,
  canvas: Canvas,
  inputs: { run: readonly EmbeddingRun[] },
): Promise<Drawing> {
  const result = { ...found, pictures: await storesOf(inputs.run, found.thumbnails) }
  const { runs, split } = result
  const shown = runs.flatMap(run =>
    run.splits.map(history => ({ run, history, title: titleOf(run, history, runs) })),
  )
  const low = lowerEnd(shown)
  const columns = Math.max(...runs.map(({ splits }) => splits.length))
  const many = shown.some(({ history }) => dotsOf(history.frames[0]).length > manyDots)
  const mode = (result.density ?? many) ? 'density' : 'dots'
  const still = (index: number) =>
    drawStill(
      shown.map(panel => stillPanel(panel, index)),
      { low, columns, mode, field: result.field },
    )
  const epochs = largest(shown.map(({ history }) => history.frames.length))
  const film: Film = { rate: 4, frames: epochs, frame: still }
  const live = await drawFilm(shown, result, canvas, { low, columns, mode, epochs })
  const histogram = drawDistances(runs, split, canvas.document)
  const path = result.tracked === undefined ? undefined : await drawPath(result, low, canvas)
  const sections: Report['sections'][number][] = [
    { title: 'The film', parts: [...sampledNotes(shown, result), live] },
    ...(path ? [{ title: `The path of ${result.tracked}`, parts: path.parts }] : []),
    {
      title: 'Distance to the ideal',
      parts: [
        {
          kind: 'figure',
          svg: histogram,
          caption: `Distance of every ${split} dot to (1, 0): 0 is ideal, 1 is where a collapsed embedding lies.`,
        },
      ],
    },
    { title: 'Epoch by epoch', parts: runs.map(run => epochTable(run, split)) },
  ]
  return {
    report: {
      summary: `Every dot is an image. To the right: how similar the nearest image of its own class is. Upward: the nearest of any other class. Right of the diagonal its nearest neighbour is a classmate.`,
      figures: runs.flatMap(run => {
        const { shareCorrect, meanDistance, epoch } = historyOf(run, split).measures.at(-1)!
        const whose = runs.length > 1 ? `, ${run.name}` : ''
        return [
          { label: `recall at 1, epoch ${epoch}${whose}`, value: `${(100 * shareCorrect).toFixed(1)} %` },
          { label: `mean distance to (1, 0)${whose}`, value: meanDistance.toFixed(3) },
        ]
      }),
      sections,
    },
    pictures: { scatter: still(epochs - 1), distances: histogram, ...(path && { path: path.svg }) },
    films: { film },
  }
}

function titleOf(run: RunHistory, { split }: SplitHistory, runs: readonly RunHistory[]): string {
  const images = split === 'train' ? 'Training images' : 'Test images'
  return runs.length > 1 ? `${images}: ${run.name}` : images
}

/** The axes go from 0 to 1, or from the first tick below the lowest dot where similarities are negative. */
function lowerEnd(shown: readonly Shown[]): number {
  let lowest = 0
  for (const { history } of shown)
    for (const frame of history.frames)
      for (const row of dotsOf(frame))
        lowest = Math.min(lowest, frame.positiveSimilarity[row], frame.negativeSimilarity[row])
  return Math.max(-1, Math.floor(5 * lowest) / 5)
}

function stillPanel({ history, title }: Shown, index: number): StillPanel {
  const at = Math.min(index, history.frames.length - 1)
  const frame = history.frames[at]
  const { epoch, shareCorrect, meanDistance } = history.measures[at]
  return {
    title,
    line: `epoch ${epoch}: ${(100 * shareCorrect).toFixed(1)} % right of the diagonal = recall at 1, distance ${meanDistance.toFixed(3)}`,
    dots: Array.from(dotsOf(frame), row => ({
      x: frame.positiveSimilarity[row],
      y: frame.negativeSimilarity[row],
      right: isCorrect(frame, row),
    })),
  }
}

function sampledNotes(shown: readonly Shown[], { dots, pictures }: IllustratedTriplets): Part[] {
  const cut = shown.filter(({ history }) => dotsOf(history.frames[0]).length > dots)
  const notes = cut.map(
    ({ history, title }) =>
      `${title}: showing ${dots} of ${dotsOf(history.frames[0]).length} dots, sampled at random (--dots); all numbers are computed over all dots.`,
  )
  if ([...pictures.values()].some(store => !store))
    notes.push('The images of the run are no longer where they were, so the film shows no images.')
  return notes.map(text => ({ kind: 'text', text }))
}

interface FilmOptions {
  low: number
  columns: number
  mode: 'dots' | 'density'
  epochs: number
}

async function drawFilm(
  shown: readonly Shown[],
  result: IllustratedTriplets,
  { embed }: Canvas,
  { low, columns, mode, epochs }: FilmOptions,
): Promise<Live> {
  const chosen = shown.map(panel => ({
    ...panel,
    frames: panel.history.frames,
    rows: chooseRows(panel.history.frames[0], result.dots, result.seed),
  }))
  const fingerprints = [...new Set(shown.map(({ run }) => run.fingerprint))]
  const albums = fingerprints.map(fingerprint =>
    makeAlbum(chosen.filter(({ run }) => run.fingerprint === fingerprint)),
  )
  const panels: PackedPanel[] = chosen.map(({ run, history, title, rows }) => {
    const index = fingerprints.indexOf(run.fingerprint)
    return packPanel({ title, ...history }, rows, albums[index], index)
  })
  const packed = await Promise.all(
    albums.map((album, index) => packAlbum(album, fingerprints[index], result, embed)),
  )
  const data: PackedFilm = {
    panels,
    albums: packed,
    low,
    plot: {
      left: geometry.left / geometry.width,
      top: geometry.top / geometry.height,
      width: geometry.side / geometry.width,
      height: geometry.side / geometry.height,
    },
    colours: dotColours,
    quantum,
    densityCells,
  }
  return {
    kind: 'live',
    markup: filmMarkup(
      shown.map(({ title }) => title),
      { low, columns, mode, epochs },
      result,
    ),
    data,
    script: player,
    caption:
      'Point at a dot to see the image with its nearest neighbours; click to keep it and follow its path (blue: where it began).',
  }
}

async function packAlbum(
  { ids }: Album,
  fingerprint: string,
  { runs, pictures, thumbnails }: IllustratedTriplets,
  embed: Canvas['embed'],
): Promise<PackedAlbum> {
  const known = runs
    .filter(run => run.fingerprint === fingerprint)
    .flatMap(({ splits }) => splits.map(({ images }) => images))
  const images = Array.from(ids, id => known.find(table => table.has(id))?.get(id) ?? { path: '', label: '' })
  const classes = [...new Set(images.map(({ label }) => label))].sort()
  const places = new Map(classes.map((name, place) => [name, place]))
  const store = pictures.get(fingerprint)
  const atlas = store && makeAtlas(store, ids.subarray(0, thumbnails))
  return {
    classes,
    label: base64(Uint16Array.from(images, ({ label }) => places.get(label)!)),
    paths: images.map(({ path }) => path),
    atlas: atlas && {
      image: (await embed(atlas.picture, 55)).split(',')[1],
      across: atlas.across,
      tiles: atlas.tiles,
    },
  }
}

function filmMarkup(
  titles: readonly string[],
  { low, columns, mode, epochs }: FilmOptions,
  { field }: TripletsResult,
): string {
  const { width, height, left, top, side } = geometry
  const portion = (part: number, whole: number) => `${((100 * part) / whole).toFixed(4)}%`
  const svg = (content: string) =>
    `<svg viewBox="0 0 ${width} ${height}" font-family="system-ui,sans-serif">${content}</svg>`
  const place = `left:${portion(left, width)};top:${portion(top, height)};width:${portion(side, width)};height:${portion(side, height)}`
  const back = svg(panelBack(low, fieldNames, field))
  const front = svg(panelFront(low))
  const panels = titles.map(
    title =>
      `<div class="film-panel"><b>${escapeText(title)}</b><span class="film-line"></span><div class="film-plot">${back}<canvas style="${place}"></canvas>${front}</div></div>`,
  )
  const choice = (
    name: string,
    label: string,
    options: readonly (readonly [string, string])[],
    chosen: string,
  ) =>
    `<label>${label} <select data-film="${name}">${options.map(([value, text]) => `<option value="${value}"${value === chosen ? ' selected' : ''}>${text}</option>`).join('')}</select></label>`
  const bar = [
    '<button type="button" data-film="play">Play</button>',
    `<input type="range" data-film="time" aria-label="epoch" min="0" max="${epochs - 1}" step="1" value="${epochs - 1}">`,
    '<output data-film="epoch"></output>',
    choice(
      'speed',
      'epochs a second',
      ['1', '2', '4', '8', '16'].map(n => [n, n] as const),
      '4',
    ),
    choice(
      'mode',
      'draw',
      [
        ['dots', 'dots'],
        ['density', 'density'],
      ],
      mode,
    ),
    choice(
      'colour',
      'colour by',
      [
        ['side', 'side of the diagonal'],
        ['class', 'class'],
      ],
      'side',
    ),
    choice(
      'field',
      'update field',
      [['none', 'none'], ...fieldNames.map(name => [name, fields[name].label] as const)],
      field ?? 'none',
    ),
  ].join('')
  return `<style>${filmStyle}</style><div class="film-bar">${bar}</div><div class="film-panels" style="grid-template-columns:repeat(${columns},minmax(0,1fr))">${panels.join('')}</div><div class="film-card" data-film="card" hidden></div>`
}

const filmStyle = `
.live{position:relative}.film-bar{display:flex;flex-wrap:wrap;gap:10px 14px;align-items:center;font-size:14px;margin-bottom:12px}.film-bar input[type=range]{flex:1 1 160px;accent-color:#1a7f5a}.film-bar output{min-width:8.5em;font-variant-numeric:tabular-nums}.film-bar button{min-width:5em;padding:5px 12px;border:0;border-radius:6px;background:#1a7f5a;color:#fff;font:inherit;cursor:pointer}.film-bar label{white-space:nowrap;color:var(--pale)}.film-bar select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:5px;padding:2px 4px}
.film-panels{display:grid;gap:14px}.film-panel{background:#fff;color:#1d2329;border:1px solid var(--line);border-radius:8px;padding:10px 8px 4px}.film-panel b,.film-line{display:block;padding-left:8px}.film-line{font-size:12.5px;color:#4a535a;font-variant-numeric:tabular-nums}.film-plot{position:relative}.film-plot svg{display:block;width:100%}.film-plot svg+canvas+svg{position:absolute;inset:0;pointer-events:none}.film-plot canvas{position:absolute;cursor:crosshair;touch-action:manipulation}
.film-card{position:absolute;z-index:2;display:flex;gap:10px;background:#fff;color:#1d2329;border:1px solid #b9c1c7;border-radius:8px;box-shadow:0 4px 18px #0003;padding:10px;font-size:12px;line-height:1.35;pointer-events:none}.film-card[hidden]{display:none}.film-card div{width:112px}.film-card span{display:block;border-radius:4px;margin-bottom:4px}.film-card b,.film-card i,.film-card em,.film-card small{display:block;font-style:normal;overflow-wrap:anywhere}.film-card i{font-variant-numeric:tabular-nums;color:#1a7f5a}.film-card small{color:#6b757d}
@media (max-width:760px){.film-panels{grid-template-columns:1fr!important}}`

function epochTable(run: RunHistory, split: string): Part {
  return {
    kind: 'table',
    columns: [
      `${run.name}, ${split}`,
      'recall at 1',
      'mean distance to (1, 0)',
      'both similarities above 0.8',
    ],
    rows: historyOf(run, split).measures.map(({ epoch, shareCorrect, meanDistance, topRight }) => [
      `epoch ${epoch}`,
      percent(shareCorrect),
      meanDistance.toFixed(3),
      percent(topRight),
    ]),
  }
}
