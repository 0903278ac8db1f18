/**
 * The pull of an objective on a triplet: where gradient descent on the vectors of anchor a, positive p and negative n
 * moves (S_ap, S_an), by the same graph that trains. The negative is as similar to p as to a, so that p, an anchor too,
 * has the same loss; that needs S_an^2 <= (1 + S_ap) / 2.
 */
import type { Arrow } from '../figures/arrows.ts'
import type { Engine } from '../runtime/engine.ts'
import { objectiveProgram } from './evaluate.ts'
import type { Objective } from './objective.ts'

/** Whether vectors pull each other, rather than being compared with proxies: then batches must hold classmates. */
export const pullsVectors = ({ kind, balanced }: Objective): boolean => kind === 'embedding' && balanced

/**
 * -dL along S_ap and S_an at the points of a side x side grid over the unit square, half a step from its border, that
 * three vectors can take. The batch is a, p and n; for an objective that takes two of every class (N-pair), n stands there twice.
 */
export async function pullField(
  engine: Engine,
  objective: Objective,
  options: object,
  side = 15,
): Promise<Arrow[]> {
  const negatives = objective.name === 'npair' ? 2 : 1
  const labels = [0, 0, ...Array.from({ length: negatives }, () => 1)]
  const program = await objectiveProgram(engine, objective, options, { dim: 3, labels })
  const arrows: Arrow[] = []
  try {
    for (let place = 0; place < side * side; place++) {
      const x = ((place % side) + 0.5) / side
      const y = (Math.floor(place / side) + 0.5) / side
      const [along, across] = [Math.sqrt((1 + x) / 2), Math.sqrt((1 - x) / 2)]
      if (y > along) continue
      const a = [along, across, 0]
      const p = [along, -across, 0]
      const n = [y / along, 0, Math.sqrt(1 - (y / along) ** 2)]
      const { gradient } = await program.evaluate(
        Float32Array.from([a, p, ...labels.slice(2).map(() => n)].flat()),
      )
      const moved = (row: number) => Array.from(gradient.subarray(3 * row, 3 * row + 3), value => -value)
      const negativeMoves = moved(labels.length - 1)
      arrows.push({
        x,
        y,
        dx: cosineChange(a, moved(0), p, moved(1), x),
        dy: cosineChange(a, moved(0), n, negativeMoves, y),
      })
    }
  } finally {
    await program.dispose()
  }
  return arrows
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0)

/** How the cosine of two unit vectors changes as they move; what only lengthens them counts for nothing. */
const cosineChange = (
  u: readonly number[],
  du: readonly number[],
  v: readonly number[],
  dv: readonly number[],
  cosine: number,
): number => dot(du, v) - cosine * dot(du, u) + dot(dv, u) - cosine * dot(dv, v)
