/**
 * The path of one triplet: its anchor, and the positive and the negative that are nearest when training has ended,
 * kept fixed through all epochs. At the last epoch it ends on the anchor's dot of the scatter; before, it lies left
 * of or below that dot, since others may have been nearer then.
 */
import { GlasshouseError } from '../../base/errors.ts'
import type { Split } from '../../data/dataset.ts'
import type { Vectors } from '../../embedding/vectors.ts'
import type { EmbeddingRun } from '../../runs/embedding-run.ts'

export interface Step {
  epoch: number
  /** similarities of the anchor to the fixed positive and to the fixed negative */
  x: number
  y: number
}

export interface Trajectory {
  /** positions in the data set */
  anchor: number
  positive: number
  negative: number
  steps: Step[]
}

/**
 * Follows the triplet of an anchor.
 *
 * @param anchor its position in the data set
 */
export async function follow(
  run: EmbeddingRun,
  split: Split,
  anchor: number,
  signal?: AbortSignal,
): Promise<Trajectory> {
  const last = await run.triplets(run.epochs.at(-1)!, split)
  const row = last.anchor.indexOf(anchor)
  const [positive, negative] = [last.positive[row], last.negative[row]]
  if (positive === undefined || positive < 0 || negative < 0) {
    throw new GlasshouseError({
      code: 'no-triplet',
      what: 'the image has no classmate, or none of another class, so it makes no triplet',
      path: ['options', 'track'],
    })
  }
  const steps: Step[] = []
  for (const epoch of run.epochs) {
    signal?.throwIfAborted()
    const vectors = await run.vectors(epoch, split)
    const at = (id: number) => vectors.ids.indexOf(id)
    const to = (id: number) => cosine(vectors, at(anchor), at(id))
    steps.push({ epoch, x: to(positive), y: to(negative) })
  }
  return { anchor, positive, negative, steps }
}

/** Position of the image that a path, or the end of one, names. */
export function findImage({ ids, paths = [] }: Vectors, asked: string): number {
  const wanted = asked.replaceAll('\\', '/')
  const exact = paths.indexOf(wanted)
  const rows = exact >= 0 ? [exact] : paths.flatMap((path, row) => (endsWith(path, wanted) ? [row] : []))
  if (rows.length === 1) return ids[rows[0]]
  throw new GlasshouseError({
    code: 'unknown-image',
    what: rows.length ? 'several images are called so' : 'the split has no image of this name',
    path: ['options', 'track'],
    got: asked,
    expected: (rows.length ? rows : [...paths.keys()])
      .slice(0, 3)
      .map(row => paths[row])
      .join(', '),
    hint: rows.length ? 'Name the folder too' : 'Write paths as in the data, such as folder/image.jpg',
  })
}

/** Either may say more of the way than the other; a list's images can lie beside its folder. */
function endsWith(path: string, end: string): boolean {
  const inside = path.replace(/^(\.\.\/)+/, '')
  return inside === end || inside.endsWith(`/${end}`) || end.endsWith(`/${inside}`)
}

function cosine({ data, dim }: Vectors, a: number, b: number): number {
  let [dot, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < dim; i++) {
    const [x, y] = [data[a * dim + i], data[b * dim + i]]
    dot += x * y
    squareA += x * x
    squareB += y * y
  }
  return squareA && squareB ? dot / Math.sqrt(squareA * squareB) : 0
}
