// How cost grows with the work: npm run bench:growth. Time for each unit of work, against how much of it there is; a level
// line is linear growth (of retrieval, whose units are pairs of vectors, quadratic). Prints a table, and writes
// growth.svg and growth.png into the folder that it is given, here unless it is.
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { random } from '../dist/base/random.js'
import { retrieve } from '../dist/embedding/retrieval.js'
import { serverDocument } from '../dist/figures/canvas.node.js'
import { svgToPng } from '../dist/figures/files.node.js'
import { drawCurves } from '../dist/figures/plots.js'
import { createEngine } from '../dist/runtime/engine.node.js'
import { embed, trainStep } from './ours.js'
import { photographs } from './photographs.js'
import { secondsOf } from './timing.js'
import { perTenThousand } from './tsne-growth.bench.js'

const threads = availableParallelism()

/** Seconds of a training step of a ResNet18. */
async function step(size, batch) {
  const run = await trainStep({ size, batch, threads })
  const seconds = await secondsOf(run, { warmUps: 2, repetitions: 5 })
  await run.end()
  return seconds
}

async function embedding(images) {
  const { folder, dispose } = await photographs({ counts: [images], width: 500, height: 375 })
  try {
    const run = await embed({ folder, size: 224, resize: 256, batch: 16, threads })
    return await secondsOf(run, { warmUps: 1, repetitions: 2 })
  } finally {
    await dispose()
  }
}

async function retrieval(count) {
  const dim = 128
  const { uniform } = random('growth')
  const data = Float32Array.from({ length: count * dim }, () => uniform(-1, 1))
  const labels = Int32Array.from({ length: count }, (_, row) => row % 100)
  const engine = await createEngine({ threads })
  return secondsOf(() => retrieve(engine, { data, dim, labels }, { ranks: [1, 10] }), {
    warmUps: 1,
    repetitions: 2,
  })
}

/** `units` of an amount are what its seconds are divided by. */
const measures = [
  {
    name: 'step by batch',
    amounts: [8, 16, 32, 64, 128],
    units: batch => batch,
    seconds: batch => step(64, batch),
  },
  {
    name: 'step by size',
    amounts: [64, 96, 128, 192, 256],
    units: side => side ** 2,
    seconds: side => step(side, 16),
  },
  { name: 'embed', amounts: [24, 96, 192, 768], units: images => images, seconds: embedding },
  {
    name: 'retrieval',
    amounts: [5000, 10_000, 20_000, 40_000],
    units: vectors => vectors ** 2,
    seconds: retrieval,
  },
  {
    name: 't-SNE',
    amounts: [10_000, 50_000, 100_000, 200_000],
    units: points => points,
    seconds: async points => ((await perTenThousand(points, threads)).value * points) / 1e7,
  },
]

console.log('| what | amount | s | time for a unit of work, first = 1 |')
console.log('|---|---|---|---|')
const series = []
for (const { name, amounts, units, seconds } of measures) {
  const points = []
  let first
  for (const amount of amounts) {
    const took = await seconds(amount)
    const each = took / units(amount)
    first ??= each
    points.push({ x: units(amount) / units(amounts[0]), y: each / first })
    console.log(
      `| ${name} | ${amount.toLocaleString('en')} | ${took.toPrecision(3)} | ${(each / first).toFixed(2)} |`,
    )
  }
  series.push({ name, points })
}
const svg = drawCurves(
  {
    title: 'How cost grows: time for a unit of work',
    x: 'work, times the smallest',
    y: 'time for a unit, smallest = 1',
    series,
    logX: true,
    range: [0.2, 1.8],
    width: 760,
    height: 520,
  },
  serverDocument(),
)
const folder = process.argv[2] ?? import.meta.dirname
writeFileSync(join(folder, 'growth.svg'), svg)
writeFileSync(join(folder, 'growth.png'), await svgToPng(svg))
