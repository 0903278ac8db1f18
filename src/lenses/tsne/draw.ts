/** The page of the maps: the maps themselves, what differs, the measures, and the curves over lambda. */
import type { Film } from '../../figures/film.ts'
import type { Part, Report } from '../../figures/report.ts'
import type { Canvas, Drawing, VectorsInput } from '../lens.ts'
import { drawDifferent } from './differ.ts'
import { drawLive, rowsOf } from './live.ts'
import { power, significant } from './numbers.ts'
import { drawMaps, limitsOf, type MapPanel } from './panel.ts'
import type { TsneLensResult } from './result.ts'
import { drawStrengths } from './strengths.ts'

export async function draw(
  found: TsneLensResult,
  canvas: Canvas,
  inputs: { vectors: readonly VectorsInput[] },
): Promise<Drawing> {
  const result = { ...found, vectors: inputs.vectors }
  const { layout, names, items, vectors } = result
  const { maps } = layout
  const { live, shown } = await drawLive(result, canvas.embed)
  const different = await drawDifferent(result, canvas)
  const strengths = drawStrengths(result, canvas.document)
  const sections: Report['sections'][number][] = [
    { title: maps.length > 1 ? 'The maps' : 'The map', parts: [...notesOf(result, shown), live] },
    ...different.sections,
    ...(strengths ? [{ title: 'How strong a tie?', parts: strengths.parts }] : []),
    { title: 'Measures', parts: measures(result) },
  ]
  return {
    report: { summary: summaryOf(result), figures: figuresOf(result), sections },
    pictures: { maps: drawStill(result), ...different.pictures, ...strengths?.pictures },
    films: maps.length > 1 ? { morph: morphFilm(result) } : undefined,
    tables: Object.fromEntries([
      ...maps.map((data, m) => [`map-${m + 1}`, tableOf(data, m)] as const),
      // In the order of the lambdas in the metrics.
      ...(layout.sweep ?? []).flatMap((point, at) =>
        point.maps.map((data, m) => [`sweep-${at + 1}-map-${m + 1}`, tableOf(data, m)] as const),
      ),
    ]),
  }
  function tableOf(data: Float32Array, m: number) {
    return { ...vectors[m].vectors, data, dim: 2 }
  }
  function summaryOf({ layout: { lambda } }: TsneLensResult): string {
    const what = `${items.count} points by t-SNE`
    if (maps.length === 1)
      return `${what}: points that lie together are neighbours among the vectors of ${names[0]}.`
    if (lambda === 0)
      return `${what}, ${maps.length} maps that know nothing of one another: their places cannot be compared, only what lies together.`
    return `${what}, in ${maps.length} maps that are tied: the same image is drawn to the same place, and where it still lies elsewhere the embeddings differ.`
  }
}

function figuresOf({ layout }: TsneLensResult): Report['figures'] {
  const { kl, klRatio, alignment, alone, lambda, lambdaRelative, quality } = layout
  if (!klRatio)
    return [
      ...kl.map(value => ({ label: 'divergence (KL)', value: value.toFixed(3) })).slice(0, 2),
      { label: 'trustworthiness', value: quality![0].trustworthiness.toFixed(3) },
    ]
  return [
    { label: 'lambda', value: power(lambda) },
    { label: 'lambda N R² / KL', value: significant(lambdaRelative!) },
    { label: 'divergence, yoked over alone (worst)', value: Math.max(...klRatio).toFixed(3) },
    ...(alone!.alignment > 0
      ? [
          {
            label: 'of the misalignment remains',
            value: `${significant((100 * alignment) / alone!.alignment)} %`,
          },
        ]
      : []),
  ]
}

function notesOf({ items, options }: TsneLensResult, shown: number): Part[] {
  const parts: Part[] = []
  if (shown < items.count)
    parts.push({
      kind: 'text',
      text: `Showing ${shown} of ${items.count} points, sampled at random (--dots); all numbers are computed over all points.`,
    })
  if (options.fixed)
    parts.push({ kind: 'text', text: 'The first map was held in place where it had been before.' })
  return parts
}

function panelOf(result: TsneLensResult, m: number, map: Float32Array, line: string): MapPanel {
  const { names, items, classes } = result
  return { title: names[m], line, map, classes: items.ofRows[m].map(item => classes.ofItems[item]) }
}

/** How many maps fit in a row of the still; of more, the first, the last and some between. */
const mostAcross = 6

function drawStill(result: TsneLensResult): string {
  const { layout, classes, sources } = result
  const { maps, alone, kl } = layout
  const chosen =
    maps.length <= mostAcross
      ? maps.map((_, m) => m)
      : Array.from({ length: mostAcross }, (_, i) => Math.round((i * (maps.length - 1)) / (mostAcross - 1)))
  const row = (of: readonly Float32Array[], divergence: readonly number[], label?: string) => ({
    label,
    limits: limitsOf(of),
    panels: chosen.map(m => panelOf(result, m, of[m], `KL ${divergence[m].toFixed(3)}`)),
  })
  const rows = alone
    ? [row(alone.maps, alone.kl, 'each by itself'), row(maps, kl, `yoked, lambda ${power(layout.lambda)}`)]
    : [row(maps, kl)]
  const side = maps.length === 1 ? 640 : maps.length <= 3 ? 420 : 260
  return drawMaps({
    title: `${maps.length === 1 ? 't-SNE' : 'Yoked t-SNE'} of ${sources.length === 1 ? result.names[0] : `${sources.length} embeddings`}`,
    rows,
    names: classes.names,
    side,
  })
}

const rate = 10
/** Frames that a map stands still, and that it takes to become the next. */
const still = 7
const way = 10

/** From each map to the next, and for a pair back again; the title of the map is part of every frame. */
function morphFilm(result: TsneLensResult): Film {
  const { layout, classes, names, items } = result
  const { maps } = layout
  const moving = rowsOf(result).at(-1)!.panels.at(-1)!
  const order = maps.length === 2 ? [0, 1, 0] : maps.map((_, m) => m)
  const side = 620
  return {
    rate,
    frames: (order.length - 1) * (still + way) + (maps.length === 2 ? 0 : still),
    frame(index) {
      const leg = Math.floor(index / (still + way))
      const share = Math.max(0, (index % (still + way)) - still) / way
      const [from, to] = [order[leg], order[Math.min(order.length - 1, leg + 1)]]
      const now = share < 0.5 ? from : to
      const map = share === 0 ? maps[from] : between(result, from, to, share * share * (3 - 2 * share), now)
      return drawMaps({
        title: `${names[now]}  (${moving.title})`,
        rows: [
          {
            limits: moving.limits,
            panels: [{ title: '', map, classes: items.ofRows[now].map(item => classes.ofItems[item]) }],
          },
        ],
        names: classes.names,
        side,
      })
    },
  }
}

/** The rows of map `now` on their way; what the other map lacks stays where it is. */
function between(
  { layout: { maps }, items }: TsneLensResult,
  from: number,
  to: number,
  share: number,
  now: number,
) {
  const other = now === from ? to : from
  const rowOf = new Map(Array.from(items.ofRows[other], (item, row) => [item, row]))
  const weight = now === from ? share : 1 - share
  const map = maps[now].slice()
  items.ofRows[now].forEach((item, row) => {
    const away = rowOf.get(item)
    if (away === undefined) return
    for (const at of [0, 1])
      map[2 * row + at] += weight * (maps[other][2 * away + at] - maps[now][2 * row + at])
  })
  return map
}

function measures({ layout, names, items, options, seconds }: TsneLensResult): Part[] {
  const { kl, alone, klRatio, quality, alignment, procrustes } = layout
  const parts: Part[] = [
    {
      kind: 'table',
      columns: [
        'map',
        'points',
        ...(alone ? ['KL alone', 'KL yoked', 'ratio'] : ['KL']),
        `neighbours kept (of ${options.neighbours})`,
        'trustworthiness',
      ],
      rows: names.map((name, m) => [
        name,
        items.ofRows[m].length,
        ...(alone ? [alone.kl[m].toFixed(3), kl[m].toFixed(3), klRatio![m].toFixed(3)] : [kl[m].toFixed(3)]),
        `${(100 * quality![m].preservation).toFixed(1)} %`,
        quality![m].trustworthiness.toFixed(4),
      ]),
    },
  ]
  if (names.length > 1) {
    const row = (name: string, maps: { alignment: number; procrustes: number }) => [
      name,
      significant(maps.alignment),
      significant(maps.procrustes),
    ]
    parts.push(
      {
        kind: 'table',
        columns: [
          'maps',
          'mean squared distance between a point’s places',
          'after the best rotation and shift',
        ],
        rows: [
          ...(alone ? [row('each by itself', alone)] : []),
          row(alone ? 'yoked' : 'each by itself', { alignment, procrustes }),
        ],
      },
      {
        kind: 'text',
        text: 'A map by itself may be turned or mirrored at no cost, so maps that were laid out alone must be compared after the best rotation.',
      },
    )
  }
  parts.push({
    kind: 'text',
    text: `Perplexity ${options.perplexity}, ${options.iterations} iterations, start by ${options.init}, ${seconds.toFixed(1)} s.`,
  })
  return parts
}
