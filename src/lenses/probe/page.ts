/** The page of the linear probes. */
import { percent } from '../../base/percent.ts'
import type { PlotDocument } from '../../figures/canvas.ts'
import { drawLayerLines } from '../../figures/layer-lines.ts'
import type { DrawnPage } from '../../figures/report.ts'
import type { ProbedLayer } from './probe.node.ts'

export interface ProbeFinding {
  layers: readonly ProbedLayer[]
  /** images to train the probes on, and to test them on */
  images: { train: number; test: number }
  classes: number
  /** share of the commonest class */
  commonest: number
  neighbours: number
  notes: readonly string[]
}

export function drawProbe(
  { layers, images, classes, commonest, neighbours, notes }: ProbeFinding,
  document: PlotDocument,
): DrawnPage {
  const line = (name: string, of: (layer: ProbedLayer) => number, faint = false) => ({
    name,
    values: layers.map(layer => [of(layer)]),
    faint,
  })
  const drawing = drawLayerLines(
    {
      title: 'What can be read off each layer',
      layers: layers.map(({ layer }) => layer),
      lines: [
        line('linear probe', ({ accuracy }) => accuracy),
        line(`${neighbours} nearest`, ({ knn }) => knn),
        line('shuffled labels', ({ shuffled }) => shuffled, true),
      ],
      chance: commonest,
      chanceName: 'commonest class',
    },
    document,
  )
  const best = layers.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
  return {
    drawings: { probe: drawing },
    report: {
      title: 'Linear probes',
      summary: `How well ${classes} classes can be read off each layer by a linear classifier: trained on ${images.train} images, tested on ${images.test} others.`,
      figures: [
        { label: `the best layer, ${best.layer}`, value: percent(best.accuracy) },
        { label: 'the commonest class', value: percent(commonest) },
      ],
      sections: [
        {
          title: 'By layer',
          parts: [
            {
              kind: 'figure',
              svg: drawing,
              caption: `The network stays as it is; only the classifier on top of a layer is trained. The ${neighbours} nearest training images vote by cosine, without any training. A probe that learned from shuffled labels should be near the dashed line.`,
            },
            {
              kind: 'table',
              columns: ['layer', 'features', 'linear', `${neighbours} nearest`, 'shuffled', 'learning rate'],
              rows: layers.map(({ layer, features, accuracy, knn, shuffled, rate }) => [
                layer,
                features,
                percent(accuracy),
                percent(knn),
                percent(shuffled),
                String(rate),
              ]),
            },
            ...notes.map(text => ({ kind: 'text' as const, text })),
          ],
        },
      ],
    },
  }
}
