/** The lens of class activation maps: which places of an image speak for a class? */
import { mapValues } from '../../base/map-values.ts'
import { openStage } from '../../base/work.ts'
import type { Network } from '../../nets/network.ts'
import type { LabelledPicture, LensContext, ModelInput, PicturesInput } from '../lens.ts'
import { classesNamed, classHead } from '../maps/class-name.ts'
import { atSize, viewsOf } from '../maps/feature-maps.ts'
import { type Checked, curvesOf, meansOfCurves, mostSane, sanityOf } from './belief.ts'
import { createCurves } from './curves.ts'
import { explain, followed, prepare, type WantedClass } from './explain.ts'
import { followingOf, type Pair, type Turn, turns } from './follow.ts'
import { openMapper, requireMaps } from './mapper.ts'
import { isLayerMethod } from './methods.ts'
import { byItself, nearAny, nearTo } from './near.ts'
import { pointingOf, pooledOdds } from './odds.ts'
import type { CamOptions } from './options.ts'
import type { CamResult, Explained } from './result.ts'

/** Views are shown at this side at least: large where there are few. */
const viewSizeFor = (images: number): number => (images <= 4 ? 448 : 224)

export function check({ model }: { model: ModelInput }, options: CamOptions): void {
  const asked = options.near === undefined ? answering(model.network, options) : nearAny(model.network)
  const { classes } = classHead({ ...model, network: asked }, orNear)
  if (options.class !== undefined) classesNamed(classes, options.class)
  requireMaps(asked, options)
}

const orNear =
  'Name a classifier, or an image to compare with: --near IMAGE; of a transformer, --method attention-rollout needs neither'

/** Roll-out says nothing of an answer, so an embedding needs none. */
const answering = (network: Network, { method }: Pick<CamOptions, 'method'>): Network =>
  network.head.kind === 'embedding' && method === 'attention-rollout' ? byItself(network) : network

export async function run(
  context: LensContext,
  { model, pictures }: { model: ModelInput; pictures: PicturesInput },
  options: CamOptions,
): Promise<CamResult> {
  const { seed, signal } = context
  const { method, layer, size } = options
  const plain = size !== undefined
  const sized = atSize(model.network, size)
  const near = options.near === undefined ? undefined : await context.picture(options.near)
  const network = near ? await nearTo(context.engine, sized, near, plain) : answering(sized, options)
  const head = classHead({ ...model, network }, orNear)
  const onlyMistakes = options.only === 'mistakes'
  const usual: readonly WantedClass[] = onlyMistakes ? ['predicted', 'label'] : ['predicted']
  const classes = options.class === undefined ? usual : classesNamed(head.classes, options.class)
  const measured = options.plant ?? pictures.sampled
  const wanted = pictures.sampled ? Math.min(options.samples, pictures.total) : pictures.total
  const request = { classes, plain, plant: measured, viewSize: viewSizeFor(wanted) }
  const { passes, patch } = options
  const asked = { method, layer, passes, patch, classes: classes.length }
  const mapper = await openMapper(context, network, asked, wanted)
  const maker = options.curves ? createCurves(context.engine, network, signal) : undefined
  const curves: Awaited<ReturnType<typeof curvesOf>>[] = []
  const checked: Checked[] = []
  const { grid } = mapper
  const turned = options.turns ?? isLayerMethod(method)
  const images: Explained[] = []
  const pairs: Record<Turn, Pair[]> = { turned: [], mirrored: [] }
  let searched = 0
  const stage = openStage(context, 'maps', wanted)
  try {
    for await (const some of inBatches(
      pictures,
      onlyMistakes ? pictures.total : wanted,
      mapper.batch,
      seed,
    )) {
      signal.throwIfAborted()
      const prepared = prepare(network, some, request.plain)
      const all = await explain(mapper, network, head.classes, grid, some, prepared, request)
      searched += all.length
      const length = prepared.input.length / all.length
      for (const [at, image] of all.entries()) {
        if ((onlyMistakes && image.predicted === image.label) || images.length === wanted) continue
        const [{ classIndex, map }] = image.maps
        const input = prepared.input.subarray(at * length, (at + 1) * length)
        const place = { size: network.preprocessing.size, seed, name: image.path }
        if (maker) curves.push(await curvesOf(maker, { input, classIndex, map }, grid, place))
        if (options.sanity && checked.length < mostSane)
          checked.push({ input: input.slice(), classIndex, map })
        images.push(image)
      }
      if (turned) {
        const followedBy = await followed(mapper, network.preprocessing.size, grid, all, prepared)
        for (const turn of turns) pairs[turn].push(...followedBy[turn])
      }
      stage.update(Math.min(images.length, wanted))
      if (images.length >= wanted) break
    }
  } finally {
    stage.end()
    await mapper.dispose()
    await maker?.dispose()
  }
  const sanity = checked.length
    ? await sanityOf(context, network, asked, checked, {
        grid,
        renewed: near && (({ parameters }) => nearTo(context.engine, { ...sized, parameters }, near, plain)),
      })
    : undefined
  if (measured) images.sort((a, b) => (a.maps[0].odds ?? Infinity) - (b.maps[0].odds ?? Infinity))
  const shares = images.flatMap(({ plantArea, maps: [{ insidePlant }] }) =>
    insidePlant === undefined || plantArea === undefined ? [] : [{ inside: insidePlant, area: plantArea }],
  )
  return {
    ...(near && { near: { path: near.path, view: viewsOf(sized, [near], plain)[0] } }),
    ...(!near && network !== sized && { byItself: true }),
    images,
    total: pictures.total,
    ...(onlyMistakes && { searched }),
    method,
    measured,
    colours: options.colours,
    grid,
    size: network.preprocessing.size,
    following: Object.fromEntries(
      turns.flatMap(turn => {
        const following = followingOf(pairs[turn], grid)
        return following ? [[turn, following]] : []
      }),
    ),
    belief: { images: curves.length, curves: meansOfCurves(curves), sanity },
    odds: measured ? pooledOdds(shares, seed) : undefined,
    pointing: pointingOf(
      images.map(({ plantArea, maps: [{ hottestOnPlant }] }) => ({ plantArea, hottestOnPlant })),
    ),
    writeMaps: options.maps,
  }
}

export const metrics = ({ near, images, grid, following, odds, pointing, belief, searched }: CamResult) => ({
  images: images.flatMap(({ path, label, predicted, plantArea, maps }) =>
    maps.map(
      ({ class: name, classIndex, logit, probability, mean, bias, insidePlant, hottestOnPlant, odds }) => ({
        path,
        label,
        predicted,
        class: name,
        index: classIndex,
        logit,
        probability: near ? undefined : probability,
        mean,
        bias,
        grid: [grid.height, grid.width],
        stride: oneOrBoth(grid.stride),
        centre: oneOrBoth(grid.centre),
        insidePlant,
        hottestOnPlant,
        plantArea,
        odds,
      }),
    ),
  ),
  places: grid.known,
  following,
  odds,
  pointing,
  curves:
    belief.curves &&
    mapValues(belief.curves, ({ area, chance, better }) => ({ area, chance, better, images: belief.images })),
  sanity: belief.sanity,
  searched,
})

/** One number where down and across are the same, as they nearly always are. */
const oneOrBoth = ([down, across]: readonly [number, number]): number | [number, number] =>
  Math.abs(down - across) < 1e-9 ? down : [down, across]

/** Images in the order of the draw, a batch at a time: all at once might not fit into memory. */
async function* inBatches(
  pictures: PicturesInput,
  count: number,
  size: number,
  seed: number,
): AsyncGenerator<LabelledPicture[]> {
  if (!pictures.sampled) {
    const all = await pictures.take(count, seed)
    for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size)
    return
  }
  for (let start = 0; start < count; start += size)
    yield pictures.take(Math.min(size, count - start), seed, start)
}
