/** From vectors of faces to findings: of people who were never trained on, beside those who were and beside chance. */
import { random } from '../../base/random.ts'
import type { MomentFrame } from '../../data/video/moments.ts'
import type { Embedded, ReactionsVectors } from '../../runs/reactions/carry-out.node.ts'
import type { Context } from '../../runtime/context.ts'
import { linearProbe } from '../../training/linear-probe.ts'
import {
  type AcrossPeople,
  type Consensus,
  centredRows,
  consensusOf,
  type People,
  peopleOf,
  retrieveAcross,
} from './measure.ts'

export interface VideoFinding {
  video: string
  /** folders of the people that are measured */
  names: string[]
  people: People
  /** positions of their images in the data set: person after person, -1 where there is none */
  places: Int32Array
  across: AcrossPeople
  consensus: Consensus
}

export interface Identity {
  /** share of later frames whose person a linear classifier names that has learned earlier ones */
  accuracy: number
  chance: number
  /** the same of the vectors as the network gives them, without taking each person's mean away */
  raw: number
  /** the same as `accuracy` by the network before training */
  before?: number
}

export interface ReactionsFinding {
  videos: VideoFinding[]
  /** whether the people that are measured were never trained on */
  unseen: boolean
  /** over all videos */
  across: AcrossPeople
  /** the same of the people that were trained on, and of all measured ones by the network before training */
  seen?: AcrossPeople
  before?: AcrossPeople
  identity?: Identity
}

export async function reactionsFinding(
  context: Context,
  vectors: ReactionsVectors,
  within: number,
): Promise<ReactionsFinding> {
  const { frames, seen, trained, before } = vectors
  const everything = Array.from(frames.keys())
  const held = everything.filter(at => !seen[at])
  const unseen = held.length > 0
  const measured = unseen ? held : everything
  const videos = videosIn(frames, measured)
    .map(({ video, indices }) => ({ video, ...sorted(trained, frames, indices) }))
    // Of one person alone there is nothing to compare.
    .filter(({ names }) => names.length > 1)
    .map(each => ({
      ...each,
      across: retrieveAcross(each.people, within),
      consensus: consensusOf(each.people, context.seed),
    }))
  const acrossOf = (embedded: Embedded, indices: readonly number[]) =>
    pooled(
      videosIn(frames, indices)
        .map(({ indices }) => sorted(embedded, frames, indices))
        .filter(({ names }) => names.length > 1)
        .map(({ people }) => retrieveAcross(people, within)),
    )
  const learned = everything.filter(at => seen[at])
  return {
    videos,
    unseen,
    across: pooled(videos.map(({ across }) => across)),
    ...(unseen && learned.length && { seen: acrossOf(trained, learned) }),
    ...(before && { before: acrossOf(before, measured) }),
    identity: await identityOf(context, vectors, measured),
  }
}

/** The frames of each video, in the order of their names. */
function videosIn(
  frames: readonly MomentFrame[],
  indices: readonly number[],
): { video: string; indices: number[] }[] {
  const videos = new Map<string, number[]>()
  for (const at of indices) {
    const own = videos.get(frames[at].video)
    if (own) own.push(at)
    else videos.set(frames[at].video, [at])
  }
  return [...videos].sort(([a], [b]) => (a < b ? -1 : 1)).map(([video, own]) => ({ video, indices: own }))
}

const rowsOf = ({ data, dim }: Embedded, indices: readonly number[]): Float32Array => {
  const rows = new Float32Array(indices.length * dim)
  indices.forEach((index, row) => {
    rows.set(data.subarray(index * dim, (index + 1) * dim), row * dim)
  })
  return rows
}

/** Rows of some images, each person's less their mean. */
const centredBy = (
  embedded: Embedded,
  frames: readonly MomentFrame[],
  indices: readonly number[],
): Float32Array =>
  centredRows(
    rowsOf(embedded, indices),
    embedded.dim,
    indices.map(at => frames[at].person),
  )

function sorted(embedded: Embedded, frames: readonly MomentFrame[], indices: readonly number[]) {
  const own = indices.map(at => frames[at])
  const { names, people } = peopleOf(centredBy(embedded, frames, indices), embedded.dim, own)
  const places = new Int32Array(names.length * people.seconds.length).fill(-1)
  const column = new Map(Array.from(people.seconds, (seconds, at) => [seconds, at]))
  indices.forEach((index, at) => {
    places[names.indexOf(own[at].person) * people.seconds.length + column.get(own[at].seconds)!] = index
  })
  return { names, people, places }
}

function pooled(parts: readonly AcrossPeople[]): AcrossPeople {
  const queries = parts.reduce((sum, part) => sum + part.queries, 0)
  const mean = (of: (part: AcrossPeople) => number) =>
    parts.reduce((sum, part) => sum + of(part) * part.queries, 0) / Math.max(1, queries)
  return {
    recall: mean(({ recall }) => recall),
    chance: mean(({ chance }) => chance),
    medianError: mean(({ medianError }) => medianError),
    chanceError: mean(({ chanceError }) => chanceError),
    queries,
  }
}

/** Earlier moments to learn from, later ones to test on: neighbouring frames are too alike. */
const [learnUntil, testFrom] = [0.6, 0.7]

async function identityOf(
  context: Context,
  { frames, trained, before }: ReactionsVectors,
  measured: readonly number[],
): Promise<Identity | undefined> {
  const engine = await context.engine()
  const results: { accuracy: number; raw: number; before?: number; people: number; images: number }[] = []
  for (const { indices } of videosIn(frames, measured)) {
    const people = [...new Set(indices.map(at => frames[at].person))]
    if (people.length < 2) continue
    const times = indices.map(at => frames[at].seconds)
    const [first, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
    const share = (at: number) => (frames[at].seconds - first) / (last - first || 1)
    const train = indices.filter(at => share(at) < learnUntil)
    const test = indices.filter(at => share(at) >= testFrom)
    if (train.length < 2 * people.length || test.length === 0) continue
    const shuffled = random(context.seed, 'identity').shuffle([...train])
    const accuracyBy = async (embedded: Embedded, centred = true) => {
      const features = centred ? centredBy(embedded, frames, indices) : rowsOf(embedded, indices)
      const row = new Map(indices.map((at, row) => [at, row]))
      const part = (rows: readonly number[]) => ({
        features: rowsOf(
          { data: features, dim: embedded.dim },
          rows.map(at => row.get(at)!),
        ),
        labels: rows.map(at => people.indexOf(frames[at].person)),
      })
      const options = {
        dim: embedded.dim,
        classes: people.length,
        seed: context.seed,
        leastSteps: 300,
        work: context,
      }
      return (await linearProbe(engine, part(shuffled), part(test), options)).accuracy
    }
    results.push({
      accuracy: await accuracyBy(trained),
      raw: await accuracyBy(trained, false),
      ...(before && { before: await accuracyBy(before) }),
      people: people.length,
      images: test.length,
    })
  }
  if (results.length === 0) return undefined
  const images = results.reduce((sum, result) => sum + result.images, 0)
  const mean = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((sum, result) => sum + of(result) * result.images, 0) / images
  return {
    accuracy: mean(({ accuracy }) => accuracy),
    raw: mean(({ raw }) => raw),
    chance: mean(({ people }) => 1 / people),
    ...(before && { before: mean(result => result.before ?? 0) }),
  }
}
