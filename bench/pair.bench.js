// What pair PCA and the sheet of neighbours cost once the feature maps are there: two images' components and their
// page, and a query's maps with twenty results and their sheet; maps of 1,024 channels on 7 x 7 places, as
// GoogLeNet's last, photographs of 224 pixels.
import { random } from '../dist/base/random.js'
import { secondsOf } from './timing.js'

const shape = { channels: 1024, height: 7, width: 7 }
/**
 * Cells of 32 pixels side by side.
 * @type {{ size: number, grid: import('../dist/lenses/maps/layer-maps.js').MapGrid }}
 */
const places = {
  size: 224,
  grid: { height: 7, width: 7, centre: [15.5, 15.5], stride: [32, 32], known: 'assumed' },
}
const results = 20

export default {
  unit: 's',
  better: 'less',
  note: 'pair PCA of two pictures with its drawing, and the sheet of 20 neighbours with its maps, from feature maps (1,024, 7, 7); no peer; target under 1 s for each',
  settings: { warmUps: 1, repetitions: 3 },
  async ours(settings) {
    const canvas = (await import('../dist/figures/canvas.node.js')).createCanvas()
    const [pca, sheet] = await Promise.all([pairPca(canvas), neighbours(canvas)])
    return { value: Math.max(await secondsOf(pca, settings), await secondsOf(sheet, settings)) }
  },
  peer: {},
}

async function pairPca(canvas) {
  const [{ principalComponents }, { draw }] = await Promise.all([
    import('../dist/lenses/pair-pca/compute.js'),
    import('../dist/lenses/pair-pca/draw.js'),
  ])
  const maps = featureMaps(2)
  return () =>
    draw(
      {
        components: principalComponents({ maps, ...shape, ...places }, 100),
        views: [view(), view()],
        paths: ['a.jpg', 'b.jpg'],
        layer: 'inception_5b.output',
        skip: 0,
      },
      canvas,
    )
}

async function neighbours(canvas) {
  const [{ similarityMaps }, { draw }] = await Promise.all([
    import('../dist/lenses/similarity/compute.js'),
    import('../dist/lenses/neighbours/draw.js'),
  ])
  const [query, ...others] = featureMaps(results + 1)
  return () => {
    const found = others.map((map, index) => {
      const { one, other, cosine } = similarityMaps(query, map, shape.channels, 'average')
      return {
        path: `${index}.jpg`,
        label: 'a class',
        similarity: cosine,
        view: view(),
        queryMap: one,
        foundMap: other,
      }
    })
    const block = { maps: 'net', order: 'net', found, height: shape.height, width: shape.width, ...places }
    return draw(
      {
        query: { path: 'query.jpg', view: view() },
        blocks: [block],
        colours: 'warm-high',
        searched: results,
      },
      canvas,
    )
  }
}

/** Half of the numbers zero, as behind a ReLU. */
function featureMaps(count) {
  const { normal } = random('pair benchmark')
  const length = shape.channels * shape.height * shape.width
  return Array.from({ length: count }, () => Float32Array.from({ length }, () => Math.max(0, normal())))
}

/** A smooth image with some grain, so that it compresses as a photograph does. */
function view() {
  const [width, height] = [224, 224]
  const { uniform } = random('pair benchmark view')
  const data = Uint8Array.from(
    { length: 3 * width * height },
    (_, at) => 100 + 60 * Math.sin(at / (7 * width)) + uniform(-20, 20),
  )
  return { width, height, data }
}
