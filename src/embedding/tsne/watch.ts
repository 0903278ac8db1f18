/** Shows a layout while it happens: a stage for what the maps are laid out for, and the points as they move. */
import { createPace, openStage, preview, type Stage, type Work } from '../../base/work.ts'
import type { TsneInput, TsneOptions } from './inputs.ts'
import { defaultSchedule } from './optimise.ts'

/** What maps are laid out for: by themselves, to find where all start, to choose lambda, or together. */
export type Purpose = 'alone' | 'common start' | 'choosing lambda' | 'yoked'

/** Milliseconds between two previews: often enough to see the points move. */
const previewEvery = 50

export interface Watch {
  /** begins a layout; the function that it returns is called after every few of its iterations */
  begin(purpose: Purpose): (iteration: number, maps: () => Float32Array[]) => void
  end(): void
}

/** Layouts for one purpose share a stage, as far as their number is known beforehand; further ones have their own. */
export function watchLayouts(
  work: Work,
  inputs: readonly TsneInput[],
  { iterations = defaultSchedule.iterations, autoRuns = 10, yoke = 'auto' }: TsneOptions,
  lambdas: number,
): Watch {
  const planned: Record<Purpose, number> = {
    alone: 1,
    'common start': 1,
    // Random starts and a bisection of twelve powers of ten; four trials are usual for 'auto'.
    'choosing lambda': yoke === '2-map' ? autoRuns + 4 : 4,
    yoked: lambdas + (typeof yoke === 'number' || yoke === '2-map' ? 1 : 0),
  }
  const names: Record<Purpose, string> = {
    alone: inputs.length > 1 ? 'maps alone' : 'map',
    'common start': 'common start',
    'choosing lambda': 'choosing lambda',
    yoked: 'yoked maps',
  }
  const isDue = createPace(previewEvery)
  let open: { purpose: Purpose; stage: Stage; layouts: number; begun: number } | undefined
  const seen = new Set<Purpose>()
  return {
    begin(purpose) {
      if (open?.purpose !== purpose || open.begun === open.layouts) {
        open?.stage.end()
        const layouts = seen.has(purpose) ? 1 : Math.max(1, planned[purpose])
        seen.add(purpose)
        open = { purpose, stage: openStage(work, names[purpose], layouts * iterations), layouts, begun: 0 }
      }
      const { stage, begun } = open
      open.begun++
      return (iteration, maps) => {
        stage.update(begun * iterations + iteration)
        if (iteration < iterations && !isDue()) return
        for (const [m, map] of maps().entries())
          preview(work, inputs[m].name ?? `map ${m + 1}`, { points: pointsOf(map) })
      }
    },
    end: () => open?.stage.end(),
  }
}

/** @param map rows x 2 */
function pointsOf(map: Float32Array) {
  const [x, y] = [new Float32Array(map.length / 2), new Float32Array(map.length / 2)]
  for (let row = 0; row < x.length; row++) {
    x[row] = map[2 * row]
    y[row] = map[2 * row + 1]
  }
  return { x, y }
}
