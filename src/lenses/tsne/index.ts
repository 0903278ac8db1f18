/** The lens of yoked t-SNE: how do several embeddings of the same pictures differ? */
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import {
  type ClassDifference,
  type Compared,
  classDifferences,
  type Differences,
  differences,
} from '../../embedding/tsne/differences.ts'
import type { TsneInput, TsneProgress } from '../../embedding/tsne/inputs.ts'
import { neighboursByEngine } from '../../embedding/tsne/search.ts'
import { tieForms } from '../../embedding/tsne/tie.ts'
import { type TsneResult as Laid, tsneWith } from '../../embedding/tsne/tsne.ts'
import { defineLens, type LensContext, type VectorsInput } from '../lens.ts'
import { drawTsne } from './draw.ts'
import { classesOf, type Items, matchItems, rowsOfItems } from './items.ts'

const options = z.object({
  yoke: z
    .union([z.enum(['auto', 'none', '2-map']), z.number().min(0)])
    .default('auto')
    .describe(
      'weight of the tie between maps; auto: the strongest whose KL ratios stay within --auto-ratio; 2-map: the published rule',
    )
    .meta({ value: 'auto|none|2-map|LAMBDA' }),
  autoRatio: z
    .number()
    .gt(1)
    .max(100)
    .default(1.05)
    .describe('with --yoke auto: how many times its divergence alone a yoked map may diverge'),
  sweep: z
    .array(z.number().positive())
    .min(2)
    .max(100)
    .optional()
    .describe('draw divergence and alignment against these lambdas too')
    .meta({ value: 'L1,L2,...' }),
  relative: z
    .boolean()
    .default(false)
    .describe('lambdas are given as lambda N R^2 / KL: about 1 is where a tie begins to matter'),
  compatible: z
    .boolean()
    .default(false)
    .describe('lambda as in the first publications, whose code multiplies the tie by four'),
  tie: z
    .enum(tieForms)
    .optional()
    .describe(
      'what is tied: all pairs, each map to the one before (the epochs of a run), or all to one (the fixed one)',
    ),
  byClass: z.boolean().default(false).describe('tie the centres of classes instead of every point'),
  nearest: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('with --by-class: the share of the classes, the nearest ones, that is tied'),
  fixed: z
    .string()
    .optional()
    .describe('hold the first map in place: an .npy of two columns, or the .arrow of a map made before')
    .meta({ value: 'FILE' }),
  perplexity: z.number().min(1).default(30).describe('effective number of neighbours of a point'),
  iterations: z.number().int().min(0).max(100000).default(1000).describe('steps of the descent'),
  init: z
    .enum(['pca', 'random', 'same'])
    .default('pca')
    .describe('where the maps alone start; same: all where the first does'),
  start: z
    .enum(['common', 'own'])
    .optional()
    .describe(
      'where yoked maps start: all from one strongly tied layout, or each on its own (default: common, but own with --init same and --yoke 2-map)',
    ),
  search: z
    .enum(['auto', 'exact', 'approximate'])
    .default('auto')
    .describe('how neighbours are found; auto: exactly up to 100,000 vectors'),
  autoRuns: z
    .number()
    .int()
    .min(2)
    .max(100)
    .default(10)
    .describe('with --yoke 2-map: random starts that mean and deviation are taken from'),
  neighbours: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe('nearest neighbours that are compared and measured'),
  dots: z
    .number()
    .int()
    .min(1)
    .max(1000000)
    .default(60000)
    .describe('how many points the page carries; more are drawn by lot'),
  thumbnails: z
    .number()
    .int()
    .min(0)
    .max(200000)
    .default(10000)
    .describe('how many pictures the page carries'),
})

export type TsneLensOptions = z.output<typeof options>

export interface TsneLensResult {
  vectors: readonly VectorsInput[]
  /** of each embedding, short and distinct */
  names: string[]
  items: Items
  classes: { names: string[]; ofItems: Int32Array }
  laid: Laid
  /** between the first embedding and the last; absent for a single one */
  difference?: { sides: [Compared, Compared]; points: Differences; classes: ClassDifference[] }
  options: TsneLensOptions
  seed: number
  /** of the layout, reading and drawing left out */
  seconds: number
}

export const tsne = defineLens({
  name: 'tsne',
  title: 'Yoked t-SNE',
  description: 'embeddings of the same pictures as maps that can be compared, point by point',
  about:
    'Each embedding is laid out by t-SNE (van der Maaten and Hinton 2008), and every picture is tied to itself in the other maps: cost = sum of KL(P||Q) + lambda * sum of squared distances ("Visualizing How Embeddings Generalize", Liu, Xuan, Zhang, Stylianou, Pless 2019). What is left of a difference between the maps is a difference between the embeddings. A run in place of vectors is all of its epochs, each tied to the one before.',
  arguments: [
    {
      name: 'vectors',
      kind: 'vectors',
      description:
        '.arrow or .npy files, RUN@EPOCH:SPLIT, or RUN for all its epochs (RUN:train for the other split)',
    },
  ],
  options,
  examples: [
    {
      line: 'tsne runs/a@16:test runs/b@16:test',
      does: 'Two embeddings of the same pictures, as a yoked pair',
    },
    { line: 'tsne vectors.npy --labels labels.npy', does: 'One map of vectors from elsewhere' },
    { line: 'tsne a.arrow b.arrow --sweep 1e-8,1e-7,1e-6,1e-5', does: 'How strong should the tie be?' },
    { line: 'tsne runs/a', does: 'The life of an embedding: a film over the epochs of a run' },
  ],
  async run(context, { vectors }, options) {
    const { threads } = context
    if (!threads) throw new Error('t-SNE needs threads')
    if (vectors.length > 50) {
      throw new GlasshouseError({
        code: 'maps-many',
        what: 'this many maps cannot be laid out together',
        expected: 'up to 50',
        got: String(vectors.length),
        hint: 'Name single epochs: RUN@0:test RUN@5:test ...',
      })
    }
    const items = matchItems(vectors)
    const classes = classesOf(items)
    if (options.byClass && classes.names.length === 0) {
      throw new GlasshouseError({
        code: 'labels-missing',
        what: 'classes cannot be tied: the vectors have no labels',
        where: '--by-class',
        hint: 'Name a file with --labels',
      })
    }
    const inputs: TsneInput[] = vectors.map(({ vectors: { data, dim } }, m) => ({
      data,
      dim,
      items: items.ofRows[m],
    }))
    if (options.fixed !== undefined) inputs[0].fixed = await heldMap(context, options.fixed, vectors[0])
    const epochs = vectors.length > 1 && vectors.every(({ epoch }) => epoch !== undefined)
    const { neighbours, ...rest } = options
    const smallest = Math.min(...items.ofRows.map(({ length }) => length))
    const tie = options.tie ?? (options.fixed !== undefined ? 'star' : epochs ? 'chain' : 'pairs')
    const started = performance.now()
    const watch = watchLayout(context, options, vectors.length)
    const laid = await tsneWith(
      threads.start,
      () => threads.count,
      (_, signal) => neighboursByEngine(context.engine, signal),
    )(
      inputs,
      {
        ...rest,
        tie,
        // Trustworthiness is defined for fewer than half of the points.
        neighbours: Math.min(neighbours, Math.max(1, Math.floor((smallest - 1) / 2))),
        seed: context.seed,
        classes: options.byClass ? classes.ofItems : undefined,
        onIteration: watch.look,
      },
      context.signal,
    )
    watch.done()
    const seconds = (performance.now() - started) / 1000
    return {
      vectors,
      names: namesOf(vectors),
      items,
      classes,
      laid,
      difference: compare(laid, items, classes),
      options: { ...options, tie },
      seed: context.seed,
      seconds,
    } satisfies TsneLensResult
  },
  draw: drawTsne,
  metrics({ laid, names, items, vectors, seconds }) {
    const alone = laid.alone ?? laid
    return {
      kl: laid.kl,
      klAlone: alone.kl,
      klRatio: laid.klRatio ?? laid.kl.map(() => 1),
      alignment: laid.alignment,
      procrustes: laid.procrustes,
      alignmentAlone: alone.alignment,
      procrustesAlone: alone.procrustes,
      lambda: laid.lambda,
      lambdaRelative: laid.lambdaRelative ?? 0,
      seconds,
      points: items.count,
      maps: vectors.map(({ source }, m) => ({
        source,
        name: names[m],
        points: items.ofRows[m].length,
        ...laid.quality![m],
      })),
      sweep: laid.sweep?.map(({ lambda, lambdaRelative, klRatio, kl, alignment, procrustes }) => ({
        lambda,
        lambdaRelative,
        kl,
        klRatio,
        alignment,
        procrustes,
      })),
    }
  },
})

function compare(laid: Laid, items: Items, classes: TsneLensResult['classes']): TsneLensResult['difference'] {
  if (laid.maps.length < 2) return undefined
  const rows = rowsOfItems(items)
  const side = (m: number): Compared => ({
    map: laid.maps[m],
    neighbours: laid.neighbours![m],
    rows: rows[m],
    items: items.ofRows[m],
  })
  const sides: [Compared, Compared] = [side(0), side(laid.maps.length - 1)]
  const points = differences(...sides)
  return { sides, points, classes: classDifferences(classes, sides, points) }
}

/** Opens a map made before, and brings its points into the order of the vectors. */
async function heldMap(
  context: LensContext,
  path: string,
  { vectors, source }: VectorsInput,
): Promise<Float32Array> {
  if (!context.vectors) throw new Error('a map can be held in place only where there are files')
  const held = await context.vectors(path)
  const unfit = (what: string, expected: string, got: string) =>
    new GlasshouseError({ code: 'map-unfit', what, where: path, expected, got })
  if (held.dim !== 2) throw unfit('this is no map', 'two columns', String(held.dim))
  const places = new Map(Array.from(held.ids, (id, row) => [id, row]))
  const map = new Float32Array(2 * vectors.ids.length)
  vectors.ids.forEach((id, row) => {
    const place = places.get(id)
    if (place === undefined)
      throw unfit('the map lacks points', `a place for every vector of ${source}`, `none for id ${id}`)
    map.set(held.data.subarray(2 * place, 2 * place + 2), 2 * row)
  })
  return map
}

/** What sources have in common says nothing: epochs are told by themselves, files by their names. */
function namesOf(vectors: readonly VectorsInput[]): string[] {
  const short = vectors.map(({ source, epoch }) =>
    epoch === undefined
      ? (source.split(/[/\\]/).at(-1) ?? source).replace(/\.(arrow|npy)$/, '')
      : `epoch ${epoch}`,
  )
  const sourcesCalled = (name: string) =>
    new Set(vectors.filter((_, m) => short[m] === name).map(({ source }) => source))
  const names = short.map((name, m) => (sourcesCalled(name).size > 1 ? vectors[m].source : name))
  // The same vectors twice, from two starts.
  return names.map((name, m) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${m + 1})`,
  )
}

/** A bar for each stage of the layout; the choice of lambda lays the maps out many times. */
function watchLayout(context: LensContext, options: TsneLensOptions, maps: number) {
  const { iterations, autoRuns, sweep, yoke } = options
  const runs = {
    alone: 1,
    'common start': 1,
    'choosing lambda': yoke === '2-map' ? autoRuns + 4 : 4,
    yoked: (yoke === 'auto' ? 0 : 1) + (sweep?.length ?? 0),
  }
  const labels = {
    alone: maps > 1 ? 'maps alone' : 'map',
    'common start': 'common start',
    'choosing lambda': 'choosing lambda',
    yoked: 'yoked maps',
  }
  let open:
    | { stage: TsneProgress['stage']; bar: ReturnType<LensContext['progress']>; before: number; last: number }
    | undefined
  return {
    look({ stage, iteration }: TsneProgress): void {
      if (open?.stage !== stage) {
        open?.bar.done()
        open = { stage, bar: context.progress(labels[stage], runs[stage] * iterations), before: 0, last: 0 }
      }
      if (iteration < open.last) open.before += open.last
      open.last = iteration
      open.bar.update(open.before + iteration)
    },
    done: () => open?.bar.done(),
  }
}
