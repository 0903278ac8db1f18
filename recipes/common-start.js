// Where should yoked maps start? Each on its own, or all from one strongly tied layout: the KL ratio against the
// misalignment that remains, at the same ties, for three pairs of embeddings.
//
// Alignment is not free: the stronger the tie, the more the maps diverge. A common start lowers the price. --yoke auto
// buys as much alignment as 5 % of the divergence pays for; the rule of the published code (--yoke 2-map) leaves most
// of the misalignment. The digits and the words are read from mnist/ and vico_glove/ beside the folder of the cars.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { principalComponents } from '../dist/embedding/tsne/start.js'
import { tsne } from '../dist/embedding/tsne/tsne.node.js'
import { readVectors } from '../dist/embedding/vectors.node.js'
import { serverDocument } from '../dist/figures/canvas.node.js'
import { svgToPng } from '../dist/figures/files.node.js'
import { drawCurves } from '../dist/figures/plots.js'
import { embedding } from './embeddings.js'
import { data, fail, out, percent } from './setting.js'
import { verdict } from './verdict.js'

if (!data) fail('name the folder of the vectors: --data car196_npair_2map')

const strengths = [0.001, 0.01, 0.03, 0.1, 0.3, 1, 3]
const digitCount = 2000
const beside = name => join(dirname(data), name)

/** The vectors of N-pair before its last layer, after epoch 19, and those of the last layer. */
const cars = async () => [
  await readVectors(await embedding('npair_fc', 'unseen', 'last layer'), {}),
  await readVectors(await embedding('epoch+19', 'unseen', 'pooled'), {}),
]

const words = () =>
  Promise.all(
    ['glove300', 'vico_glove500'].map(name => readVectors(join(beside('vico_glove'), `${name}_f32.npy`), {})),
  )

/** Fifty principal components of the pixels, and the ten components that were published. */
async function digits() {
  const images = gunzipSync(readFileSync(join(beside('mnist'), 't10k-images-idx3-ubyte.gz'))).subarray(16)
  const pixels = Float32Array.from(images.subarray(0, digitCount * 784))
  const { data: ten } = await readVectors(join(beside('mnist'), 't10k_pca10_2map.npy'), {})
  return [
    { data: Float32Array.from(principalComponents(pixels, 784, 50)), dim: 50 },
    { data: ten.slice(0, digitCount * 10), dim: 10 },
  ]
}

const pairs = {
  cars,
  ...(existsSync(beside('vico_glove')) && { words }),
  ...(existsSync(beside('mnist')) && { digits }),
}

/** @param {{ klRatio?: number[] }} of */
const worst = ({ klRatio = [] }) => Math.max(...klRatio)
mkdirSync(out, { recursive: true })
for (const [name, read] of Object.entries(pairs)) {
  const inputs = (await read()).map(({ data, dim }) => ({ data, dim }))
  const points = inputs[0].data.length / inputs[0].dim
  // The sweep's strengths are relative; the published rule chooses an absolute lambda all the same.
  const common = await tsne(inputs, { relative: true, sweep: strengths })
  const own = await tsne(inputs, { relative: true, sweep: strengths, start: 'own', yoke: '2-map' })
  const remains = ({ alignment }) => percent(alignment / common.alone.alignment).padStart(7)

  console.log(`\n${name}: ${points} points, misalignment alone ${common.alone.alignment.toFixed(0)}`)
  console.log('lambda N R²/KL   own starts: KL ratio, left   common start: KL ratio, left')
  strengths.forEach((strength, i) => {
    const [a, b] = [own, common].map(({ sweep }) => `${worst(sweep[i]).toFixed(3)} ${remains(sweep[i])}`)
    console.log(`${String(strength).padEnd(28)} ${a}                ${b}`)
  })
  for (const [rule, chosen] of Object.entries({ auto: common, '2-map': own }))
    console.log(
      `--yoke ${rule}: lambda ${chosen.lambda.toExponential(1)}, KL ratio ${worst(chosen).toFixed(3)}, ${remains(chosen).trim()} left`,
    )
  verdict(worst(common) <= 1.05, 'auto stays within a KL ratio of 1.05')
  verdict(common.alignment < own.alignment, 'auto leaves less misalignment than the published rule')

  const curves = Object.entries({ 'own starts': own, 'common start': common }).map(([title, { sweep }]) => ({
    name: title,
    points: sweep
      .map(point => ({ x: (100 * point.alignment) / common.alone.alignment, y: worst(point) }))
      .reverse(),
  }))
  const figure = {
    title: `What alignment costs: ${name}, ${points} points`,
    x: 'misalignment left, % of maps alone',
    y: 'KL ratio of the map that pays most',
    series: curves,
    height: 300,
  }
  const path = join(out, `common-start-${name}.png`)
  writeFileSync(path, await svgToPng(drawCurves(figure, serverDocument())))
  console.log(`The curves: ${path}`)
}
