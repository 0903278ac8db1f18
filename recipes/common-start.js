// Where should yoked maps start? Each on its own, or all from one strongly tied layout: the KL ratio against the
// misalignment that remains, at the same ties, for three pairs of embeddings.
//
// Alignment is not free: at each tie the maps diverge more than alone. A common start lowers the price, and a choice of
// lambda by its price (--yoke auto) uses it; the rule of the published code (--yoke 2-map) leaves most of the
// misalignment. MNIST and the words are read from mnist/ and vico_glove/ beside the folder of the cars.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { principalComponents } from '../dist/embedding/tsne/start.js'
import { readVectors, writeVectors } from '../dist/embedding/vectors.node.js'
import { serverDocument } from '../dist/figures/canvas.node.js'
import { svgToPng } from '../dist/figures/files.node.js'
import { drawCurves } from '../dist/figures/plots.js'
import { embedding } from './embeddings.js'
import { data, fail, glasshouse, out, percent, readJson } from './setting.js'
import { verdict } from './verdict.js'

const strengths = '0.001,0.01,0.03,0.1,0.3,1,3'
const most = 2000

/** Rows of numbers as a file of vectors. */
async function written(name, rows, dim, labels) {
  mkdirSync(out, { recursive: true })
  const path = join(out, `${name}.arrow`)
  await writeVectors(path, { ids: Int32Array.from(labels.keys()), labels, dim, data: rows })
  return path
}

async function digits(folder) {
  const images = gunzipSync(readFileSync(join(folder, 't10k-images-idx3-ubyte.gz'))).subarray(16)
  const classes = gunzipSync(readFileSync(join(folder, 't10k-labels-idx1-ubyte.gz'))).subarray(8)
  const labels = Array.from(classes.subarray(0, most), String)
  const pixels = Float32Array.from(images.subarray(0, most * 784))
  const reduced = await readVectors(join(folder, 't10k_pca10_2map.npy'), {})
  const components = Float32Array.from(principalComponents(pixels, 784, 50))
  return [
    await written('digits, 50 components of the pixels', components, 50, labels),
    await written('digits, 10 published components', reduced.data.slice(0, most * 10), 10, labels),
  ]
}

async function words(folder) {
  const named = readJson(join(folder, 'words_labels.json'))
  const read = async name => {
    const { data: rows, dim, ids } = await readVectors(join(folder, `${name}_f32.npy`), {})
    return written(name, rows, dim, labelsOf(named, ids.length))
  }
  return [await read('glove300'), await read('vico_glove500')]
}

/** The categories of the words, whatever the shape of the file; without names where they are not one per word. */
function labelsOf(named, count) {
  const list = Array.isArray(named) ? named : Object.values(named).find(own => own.length === count)
  return list?.length === count ? list.map(String) : new Array(count).fill('')
}

const beside = name => join(dirname(data ?? ''), name)
const pairs = {
  cars: async () => [
    await embedding('npair_fc', 'unseen', 'N-pair'),
    await embedding('epoch+19', 'unseen', 'epoch 19'),
  ],
  ...(existsSync(beside('vico_glove')) && { words: () => words(beside('vico_glove')) }),
  ...(existsSync(beside('mnist')) && { digits: () => digits(beside('mnist')) }),
}
if (!data) fail('name the folder of the vectors: --data car196_npair_2map')

const worst = ({ klRatio }) => Math.max(...klRatio)
const curves = []
for (const [name, filesOf] of Object.entries(pairs)) {
  const files = await filesOf()
  const sweep = (start, ...words) => {
    const folder = join(out, `common-start-${name}-${start}`)
    glasshouse('tsne', ...files, '--start', start, ...words, '--out', folder)
    return readJson(join(folder, 'result.json')).metrics
  }
  const swept = ['--relative', '--sweep', strengths, '--yoke', 'none']
  const own = sweep('own', ...swept)
  const common = sweep('common', '--relative', '--sweep', strengths)
  const published = sweep('own', '--yoke', '2-map')
  const alone = common.alignmentAlone
  console.log(`\n${name}, mean squared distance alone ${alone.toFixed(0)}`)
  console.log('lambda N R²/KL   own starts: KL ratio, remains    common start: KL ratio, remains')
  own.sweep.forEach((point, i) => {
    const words = [point, common.sweep[i]].map(
      of => `${worst(of).toFixed(3)}  ${percent(of.alignment / alone).padStart(7)}`,
    )
    console.log(
      `${String(Number(point.lambdaRelative.toPrecision(2))).padEnd(16)} ${words.join('                  ')}`,
    )
  })
  const chosen = { auto: common, '2-map': published }
  for (const [rule, of] of Object.entries(chosen))
    console.log(
      `--yoke ${rule}: lambda ${of.lambda.toExponential(1)}, KL ratio ${worst(of).toFixed(3)}, ${percent(of.alignment / alone)} remains`,
    )
  verdict(worst(common) <= 1.05, 'auto stays within a KL ratio of 1.05')
  verdict(common.alignment < published.alignment, 'auto leaves less misalignment than the published rule')
  curves.push({ name, own, common, alone })
}

/** The curves of a pair, as shares of the misalignment alone. */
function drawn({ name, own, common, alone }) {
  const series = [
    ['own starts', own],
    ['common start', common],
  ].map(([title, { sweep }]) => ({
    name: title,
    points: sweep.map(point => ({ x: (100 * point.alignment) / alone, y: worst(point) })),
  }))
  return drawCurves(
    {
      title: `What alignment costs: ${name}`,
      x: 'misalignment that remains, %',
      y: 'KL ratio of the map that pays most',
      series,
      width: 640,
    },
    serverDocument(),
  )
}

for (const curve of curves)
  writeFileSync(join(out, `common-start-${curve.name}.png`), await svgToPng(drawn(curve)))
console.log(`The curves: ${join(out, 'common-start-*.png')}`)
