/**
 * What gave it away, in groups: what the network saw at the places that speak for its answer, clustered by k-means, one
 * sheet and one accuracy for each cluster. A cluster that shows number plates and is nearly always right is a cue;
 * one at chance is none. Lin et al., "Visual Chirality" (CVPR 2020), cluster in this way.
 */
import { percent } from '../../base/percent.ts'
import { centrePictures } from '../../data/prepare/prepare.ts'
import { kMeans } from '../../embedding/clustering.ts'
import { normaliseRows } from '../../embedding/retrieval.ts'
import { dataUri } from '../../figures/files.node.ts'
import { drawSheet, rightColour, wrongColour } from '../../figures/sheet.ts'
import { indexOfLargest } from '../../models/classification.ts'
import { forward } from '../../models/forward.ts'
import type { PretextFinding } from '../../runs/pretext/carry-out.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { cueFeatures } from '../cam/compute.ts'
import { distinct, side, viewsOf } from './views.node.ts'

export interface Cue {
  /** share of its images whose form was named right */
  accuracy: number
  /** each form of an image counts */
  images: number
  /** the answer that is given most often, and its share */
  answer: string
  share: number
  /** rows of the answers, the most typical first */
  rows: number[]
}

/** Images that are clustered, at most; each form counts. */
const most = 4000
/** Images in a cluster, on average, at least: of fewer, accuracies say nothing. */
const least = 8
const shown = 8

/** The clusters, the most accurate first. @throws GlasshouseError 'no-linear-head' where the network does not end in maps */
export async function cuesOf(
  engine: Engine,
  { task, first }: Pick<PretextFinding, 'task' | 'first'>,
  wanted: number,
  seed: number,
): Promise<Cue[]> {
  const { data, network, answers, images } = first
  const every = Math.ceil(images.length / most)
  const rows = Array.from(images.keys()).filter(row => row % every === 0)
  const fill = centrePictures(
    data.store,
    rows.map(row => images[row]),
    network.preprocessing,
  )
  const pick = (built: Parameters<typeof cueFeatures>[0]) => ({ cues: cueFeatures(built) })
  const { cues } = await forward(engine, network, rows.length, fill, pick)
  const dim = cues.length / rows.length
  const unit = normaliseRows(cues, dim)
  const clusters = Math.max(1, Math.min(wanted, Math.floor(rows.length / least)))
  const { assignment, centres } = await kMeans(engine, unit, dim, { clusters, seed })
  const closeness = (at: number) => {
    let sum = 0
    for (let k = 0; k < dim; k++) sum += unit[at * dim + k] * centres[assignment[at] * dim + k]
    return sum
  }
  return Array.from({ length: clusters }, (_, cluster) => {
    const members = Array.from(rows.keys()).filter(at => assignment[at] === cluster)
    const counts = task.classes.map(
      (_, answer) => members.filter(at => answers.predicted[rows[at]] === answer).length,
    )
    const commonest = indexOfLargest(counts)
    const right = members.filter(at => answers.predicted[rows[at]] === data.labels[images[rows[at]]])
    return {
      accuracy: right.length / members.length,
      images: members.length,
      answer: task.classes[commonest],
      share: counts[commonest] / members.length,
      rows: members.sort((a, b) => closeness(b) - closeness(a)).map(at => rows[at]),
    }
  })
    .filter(({ images }) => images > 0)
    .sort((a, b) => b.accuracy - a.accuracy)
}

/** One sheet for a cluster: its most typical images, and where the network looked. */
export async function drawCue(
  engine: Engine,
  { task, first }: Pick<PretextFinding, 'task' | 'first'>,
  cue: Cue,
  number: number,
): Promise<string> {
  const { data, answers, images } = first
  const chosen = distinct(cue.rows, first, shown)
  const { seen, painted } = await viewsOf(engine, first, chosen)
  const photographs = await Promise.all(
    seen.map(async (view, k) => ({
      image: await dataUri(view),
      frame: answers.predicted[chosen[k]] === data.labels[images[chosen[k]]] ? rightColour : wrongColour,
      caption: [task.classes[answers.predicted[chosen[k]]]],
    })),
  )
  return drawSheet({
    title: `Cue ${number}, mostly “${cue.answer}”: right in ${percent(cue.accuracy)} of ${cue.images} images`,
    rows: [{ tiles: photographs }, { tiles: painted }],
    size: side,
  })
}
