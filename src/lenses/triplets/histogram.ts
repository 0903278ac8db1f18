/** Histograms of all dots' distances to (1, 0), overlaid: before training, and after each method. */
import type { PlotDocument } from '../../figures/canvas.ts'
import { drawHistograms } from '../../figures/histograms.ts'
import { distancesOf } from './measure.ts'
import { historyOf, type RunHistory } from './result.ts'

/** Where a triplet began, and where the first, the second and further methods left it. */
export const beforeColour = '#2166ac'
export const methodColours = ['#1a9641', '#d7301f', '#8c510a', '#7b3294', '#525252']
export const methodColour = (index: number): string => methodColours[index % methodColours.length]

export function drawDistances(runs: readonly RunHistory[], split: string, document: PlotDocument): string {
  const first = historyOf(runs[0], split).frames[0]
  return drawHistograms(
    {
      title: `Distance to (1, 0), ${split} images`,
      x: 'distance',
      y: 'share of the dots',
      series: [
        { name: `before (epoch ${first.epoch})`, colour: beforeColour, values: distancesOf(first) },
        ...runs.map((run, index) => {
          const last = historyOf(run, split).frames.at(-1)!
          const name = `${run.name}, epoch ${last.epoch}`
          return { name, colour: methodColour(index), values: distancesOf(last) }
        }),
      ],
    },
    document,
  )
}
