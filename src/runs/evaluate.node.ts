/**
 * How good a model is on data, and how good vectors are: accuracy and confusion of a classifier, recall at K of an
 * embedding. Whether there is anything to measure is checked before the network is run.
 */
import { GlasshouseError } from '../base/errors.ts'
import { type DataOutline, placeOf, type Split } from '../data/dataset.ts'
import { adjustedMutualInformation, kMeans, normalisedMutualInformation } from '../embedding/clustering.ts'
import type { SimilarityName } from '../embedding/ranking.ts'
import {
  normaliseRows,
  type Retrieval,
  type RetrievalOptions,
  retrieve,
  retrieveByRole,
  type Triplets,
  type Vectors,
} from '../embedding/retrieval.ts'
import { canStream, retrieveStreamed } from '../embedding/streamed-retrieval.ts'
import { createTripletMeasures, type TripletMeasures } from '../embedding/triplet-measures.ts'
import { classOutputs } from '../models/class-outputs.ts'
import { type Classification, classify } from '../models/classification.ts'
import type { Network } from '../nets/network.ts'
import type { Context } from '../runtime/context.ts'
import type { Engine } from '../runtime/engine.ts'
import { openLabelled } from './labelled-vectors.node.ts'
import { classifyData, forwardData, type Over, openSplit } from './model-data.node.ts'
import type { OpenedModel } from './open-model.node.ts'

export interface ClassifierScore extends Classification {
  kind: 'classes'
  classes: readonly string[]
  images: number
}

export interface EmbeddingScore
  extends Pick<Retrieval, 'recall' | 'rPrecision' | 'mapAtR' | 'map' | 'mrr' | 'queries'> {
  kind: 'embedding'
  /** normalised mutual information of clusters and classes, where asked for */
  nmi?: number
  /** the same, adjusted for chance */
  ami?: number
  /** of the triplet scatter, by cosine */
  triplets?: TripletMeasures
}

/** Which K of recall at K, and whether to cluster. */
export interface RetrievalWishes {
  ranks: readonly number[]
  clusters: boolean
  similarity: SimilarityName
  /** for MAP and MRR */
  whole: boolean
}

export interface DataWishes extends RetrievalWishes {
  split: Split | 'all'
  batch: number
  strict: boolean
}

/** Scores a model on a split of a data set. */
export async function evaluateModel(
  context: Context,
  model: OpenedModel,
  data: string,
  wishes: DataWishes,
): Promise<ClassifierScore | EmbeddingScore> {
  const { network } = model
  const { head } = network
  const chosen = await openSplit(model, data, context, wishes, (outline, indices) => {
    if (head.kind === 'classes') classOutputs(head.classes, outline.classes, data)
    else requireQueries(outline, indices, data)
  })
  const over = { ...chosen, batch: wishes.batch }
  return head.kind === 'classes'
    ? scoreClassifier(context, network, head.classes, over)
    : scoreEmbedding(context, network, head.dim, over, wishes, data)
}

async function scoreClassifier(
  context: Context,
  network: Network,
  classes: readonly string[],
  over: Over,
): Promise<ClassifierScore> {
  const { dataset, indices } = over
  const { ofClass, classOf } = classOutputs(classes, dataset.classes, placeOf(dataset))
  const answers = await classifyData(context, network, over, { classOf })
  const targets = indices.map(index => ofClass[dataset.items[index].label])
  const score = classify(answers.predicted, classes.length, targets)
  return { kind: 'classes', classes, images: indices.length, ...score }
}

async function scoreEmbedding(
  context: Context,
  network: Network,
  dim: number,
  over: Over,
  wishes: RetrievalWishes,
  where: string,
): Promise<EmbeddingScore> {
  const { dataset, indices } = over
  const labels = indices.map(index => dataset.items[index].label)
  const roles = Array.from(indices, index => dataset.items[index].role)
  const { output } = await forwardData(context, network, over, ({ output }) => ({ output }))
  const vectors = { data: output, dim, labels }
  return search(context, where, vectors, wishes, (engine, options) =>
    retrieveByRole(engine, vectors, roles, options),
  )
}

export interface VectorFiles {
  /** labels of vectors that carry none */
  labels?: string
  /** vectors in which the others are looked for */
  gallery?: string
  galleryLabels?: string
}

/** Bytes of vectors in shards up to which they are held; more are read again and again. */
const mostHeldBytes = 2 ** 28

/** Scores vectors by their labels: among themselves, or in a gallery. */
export async function evaluateVectors(
  context: Context,
  source: string,
  { labels, gallery, galleryLabels }: VectorFiles,
  wishes: RetrievalWishes,
  mostHeld = mostHeldBytes,
): Promise<EmbeddingScore> {
  const numbers = new Map<string, number>()
  const queries = await openLabelled(source, { file: labels, flag: '--labels', numbers, mostHeld })
  const shelf =
    gallery === undefined
      ? undefined
      : await openLabelled(gallery, { file: galleryLabels, flag: '--gallery-labels', numbers, mostHeld })
  if (!shelf) requireClassmates(queries.labels, source)
  const { ranks, similarity, clusters, whole } = wishes
  const areHeld = queries.isHeld && (shelf?.isHeld ?? true)
  if (!areHeld && !clusters && !whole && canStream(queries.labels, shelf?.labels, ranks)) {
    const options = { gallery: shelf, ranks, similarity, work: context }
    const found = await retrieveStreamed(await context.engine(), queries, options)
    if (found.queries === 0) throw noQueries(queries.labels, source)
    return { kind: 'embedding', ...found }
  }
  const [held, heldShelf] = [await queries.held(), await shelf?.held()]
  return search(context, source, held, wishes, (engine, options) =>
    retrieve(engine, held, { ...options, gallery: heldShelf }),
  )
}

function requireQueries({ items }: DataOutline, indices: Int32Array, where: string): void {
  if (indices.some(index => items[index].role !== undefined)) return
  requireClassmates(
    indices.map(index => items[index].label),
    where,
  )
}

function requireClassmates(labels: ArrayLike<number>, where: string): void {
  const seen = new Set<number>()
  for (let i = 0; i < labels.length; i++) {
    if (seen.has(labels[i])) return
    seen.add(labels[i])
  }
  throw noQueries(labels, where)
}

const noQueries = (labels: ArrayLike<number>, where: string): GlasshouseError =>
  new GlasshouseError({
    code: 'queries-none',
    what: 'no query has a classmate among what is searched, so there is no recall to measure',
    where,
    expected: 'two images or more of a class, or a gallery with the classes of the queries',
    got: `${labels.length} vectors of ${new Set(Array.from(labels)).size} classes`,
    hint: 'Check the labels, and that the split or the roles query and gallery leave classmates together',
  })

async function search(
  context: Context,
  where: string,
  vectors: Vectors,
  { ranks, clusters, similarity, whole }: RetrievalWishes,
  retrieval: (engine: Engine, options: RetrievalOptions) => Promise<Retrieval>,
): Promise<EmbeddingScore> {
  const engine = await context.engine()
  const { signal, seed } = context
  const { triplets: all, ...found } = await retrieval(engine, {
    ranks: [...ranks],
    similarity,
    whole,
    work: context,
  })
  if (found.queries === 0) throw noQueries(vectors.labels, where)
  return {
    kind: 'embedding',
    ...found,
    triplets: similarity === 'cosine' ? measured(all) : undefined,
    ...(clusters && (await clusterQuality(engine, vectors, seed, signal))),
  }
}

function measured({
  positive,
  negative,
  positiveIndex,
  negativeIndex,
}: Triplets): TripletMeasures | undefined {
  const { take, end } = createTripletMeasures()
  positive.forEach((x, query) => {
    if (positiveIndex[query] >= 0 && negativeIndex[query] >= 0) take(x, negative[query])
  })
  return end()
}

/** Of k-means on unit vectors, with as many clusters as there are classes. */
async function clusterQuality(
  engine: Engine,
  { data, dim, labels }: Vectors,
  seed: number,
  signal: AbortSignal,
): Promise<{ nmi: number; ami: number }> {
  const clusters = new Set(Array.from(labels)).size
  const { assignment } = await kMeans(engine, normaliseRows(data, dim), dim, { clusters, seed, signal })
  return {
    nmi: normalisedMutualInformation(assignment, labels),
    ami: adjustedMutualInformation(assignment, labels),
  }
}
