/** Ridges per layer and scale, the means over scales, and where it was looked. */
import type { Picture } from '../../base/picture.ts'
import { meanOf } from '../../base/statistics.ts'
import { upsample } from '../../figures/heat.ts'
import { drawCurves } from '../../figures/plots.ts'
import { drawRidges } from '../../figures/ridges.ts'
import { drawSheet } from '../../figures/sheet.ts'
import type { Canvas, Drawing } from '../lens.ts'
import { histogramOf, maskGrid, modeOf, type ScaleSimilarity } from './compute.ts'
import type { LayerSimilarityResult } from './result.ts'

export async function draw(
  { similarities, layers, pictures, mask, variant, shown }: LayerSimilarityResult,
  { document, embed }: Canvas,
): Promise<Drawing> {
  const ofLayer = (layer: string) => similarities.filter(each => each.layer === layer)
  const lines = (title: string, pick: (each: ScaleSimilarity) => Float64Array) =>
    drawCurves(
      {
        title,
        x: 'blocks along a side',
        y: 'mean cosine',
        series: layers.map(layer => ({
          name: layer,
          points: ofLayer(layer).map(each => ({ x: each.scale, y: meanOf(pick(each)) })),
        })),
        logX: true,
        width: 520,
      },
      document,
    )
  const plain = lines('Mean similarity by scale', each => each.cosines)
  const control = lines('With the mean over the images removed', each => each.meanRemoved)
  const ridges = layers.map(layer =>
    drawRidges({
      title: layer,
      x: 'cosine of two images',
      from: -1,
      to: 1,
      shown: [0, 1],
      ridges: ofLayer(layer).map(({ scale, cosines }) => ({
        name: `${scale} x ${scale}`,
        bins: histogramOf(cosines),
        mark: modeOf(cosines).mode,
      })),
    }),
  )
  const masked = drawSheet({
    title: 'Where it was looked',
    rows: [
      {
        tiles: await Promise.all(
          shown.map(async each => ({ image: await embed(darkened(each.view, each.mask)) })),
        ),
      },
    ],
    size: 112,
  })
  const first = ofLayer(layers[0])
  const gap = first.length ? meanOf(first[0].cosines) - meanOf(first[0].meanRemoved) : 0
  return {
    report: {
      summary: `How alike ${pictures} images look at each layer${mask === 'none' ? '' : `, mask ${mask}, ${variant}`}: cosines of all pairs, by the number of blocks that the maps are averaged to.`,
      figures: first.length
        ? [
            {
              label: `mean cosine at ${layers[0]}, ${first[0].scale} x ${first[0].scale}`,
              value: meanOf(first[0].cosines).toFixed(3),
            },
            { label: 'of it goes with the common mean', value: gap.toFixed(3) },
          ]
        : [],
      sections: [
        {
          title: 'By scale',
          parts: [
            { kind: 'figure', svg: plain },
            { kind: 'figure', svg: control },
            {
              kind: 'text',
              text: 'The coarser the blocks, the more alike all pictures look, most of all in early layers: averages come near the same expected values for every picture. The right chart takes the mean over the pictures away before comparing; what falls there was common to all.',
            },
          ],
        },
        { title: 'Histograms over pairs', parts: ridges.map(svg => ({ kind: 'figure', svg })) },
        ...(mask === 'none' ? [] : [{ title: 'Mask', parts: [{ kind: 'figure' as const, svg: masked }] }]),
      ],
    },
    pictures: {
      scales: plain,
      'scales-mean-removed': control,
      ...Object.fromEntries(
        ridges.map((svg, index) => [`ridges-${layers[index].replace(/[^\w.]+/g, '-')}`, svg]),
      ),
      ...(mask !== 'none' && { masks: masked }),
    },
  }
}

/** The image, dark outside the mask. */
function darkened(view: Picture, mask: Float64Array): Picture {
  const full = upsample(mask, maskGrid, maskGrid, view.height, view.width)
  return { ...view, data: view.data.map((value, at) => value * (0.25 + 0.75 * full[Math.floor(at / 3)])) }
}
