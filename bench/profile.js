// npm run profile -- NAME [--threads N] [--runs N] [--rows N] [--json]
//
// Where the time of one benchmark of a training step or of inference goes: by operator, with what it moves through
// memory; by layer; what memory holds at the peak; and beside it PyTorch's own profile of the same work, where that is
// installed.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { peakOf } from './liveness.js'
import { profilePeer, pythonWith } from './processes.js'

const { values: asked, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: String(availableParallelism()) },
    runs: { type: 'string', default: '3' },
    rows: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
})
const can = readdirSync(import.meta.dirname)
  .filter(file => /^(step|inference).*\.bench\.js$/.test(file))
  .map(file => file.slice(0, -'.bench.js'.length))
const [name] = positionals
if (!can.includes(name)) {
  console.error(`npm run profile -- NAME, with NAME one of ${can.join(', ')}`)
  process.exit(1)
}
const { default: bench } = await import(`./${name}.bench.js`)
const settings = { ...bench.settings, threads: Number(asked.threads) }
const runs = Number(asked.runs)

const { events, model } = await recorded()
const whole = events.filter(({ name: title }) => title === 'model_run').slice(-runs)
const kernels = events.filter(
  ({ cat, name: title, ts }) => cat === 'Node' && title.endsWith('_kernel_time') && ts >= whole[0].ts,
)
const ours = {
  milliseconds: sum(whole, ({ dur }) => dur) / runs / 1000,
  operators: sharesBy(({ args }) => args.op_name),
  layers: sharesBy(({ name: title }) => layerOf(title)),
  memory: memoryOf(kernels.slice(-kernels.length / runs)),
}
const python = pythonWith(bench.peer.modules)
const peer =
  python && (await profilePeer(python, 'profile.py', { ...settings, runs, work: bench.peer.script }))

if (asked.json) console.log(JSON.stringify({ ours, peer }, null, 2))
else {
  console.log(`${bench.note}: ${ours.milliseconds.toFixed(1)} ms a run, ${settings.threads} threads`)
  print('operator', ours.operators)
  print('layer', ours.layers)
  printMemory(ours.memory)
  if (peer) {
    console.log(`\nPyTorch: ${peer.milliseconds.toFixed(1)} ms a run`)
    print('operator', peer.operators)
  } else console.log(`\n${bench.peer.modules[0]} is not installed: there is nothing beside it`)
}

/** What the runtime noted of a few runs, after some to warm up. */
async function recorded() {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-profile-'))
  try {
    const { trainStep, inference } = await import('./ours.js')
    const prepare = bench.peer.script === 'step.py' ? trainStep : inference
    const repetition = await prepare({ ...settings, profile: join(folder, 'run') })
    for (let run = 0; run < settings.warmUps + runs; run++) await repetition()
    await repetition.end()
    const file = readdirSync(folder).find(name => name.endsWith('.json'))
    return {
      events: JSON.parse(readFileSync(join(folder, file), 'utf8')),
      model: readFileSync(join(folder, 'run.onnx')),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Time, share, calls and bytes of the kernels of one run, by what `keyOf` says of them, the dearest first. */
function sharesBy(keyOf) {
  const groups = groupBy(kernels, keyOf)
  const total = sum(kernels, ({ dur }) => dur)
  return [...groups]
    .map(([key, some]) => ({
      name: key,
      milliseconds: sum(some, ({ dur }) => dur) / runs / 1000,
      share: sum(some, ({ dur }) => dur) / total,
      calls: some.length / runs,
      megabytes: sum(some, bytesOf) / runs / 1e6,
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds)
}

/** What the values of a run hold at their peak, by layer, and the most that this process has held. */
function memoryOf(oneRun) {
  const { bytes, at, held } = peakOf(oneRun, model)
  const layers = [...groupBy(held, ({ maker }) => layerOf(maker))].map(([key, some]) => ({
    name: key,
    megabytes: sum(some, each => each.bytes) / 1e6,
    values: some.length,
  }))
  return {
    megabytes: bytes / 1e6,
    at: layerOf(at),
    resident: (process.resourceUsage().maxRSS * 1024) / 1e6,
    layers: layers.sort((a, b) => b.megabytes - a.megabytes),
    largest: held.slice(0, 50).map(each => ({ ...each, megabytes: each.bytes / 1e6 })),
  }
}

function printMemory({ megabytes, at, resident, layers }) {
  const shown = layers.slice(0, Number(asked.rows))
  const width = Math.max('held by'.length, ...shown.map(({ name: text }) => text.length))
  console.log(
    `\n${megabytes.toFixed(0)} MB of values are alive at the peak, in ${at}; the process held ${resident.toFixed(0)} MB`,
  )
  console.log(`${'held by'.padEnd(width)}        MB  values`)
  for (const { name: text, megabytes: amount, values: count } of shown)
    console.log(`${text.padEnd(width)}  ${amount.toFixed(1).padStart(8)}  ${String(count).padStart(6)}`)
}

function groupBy(items, keyOf) {
  const groups = new Map()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}

/** What a kernel reads and writes, once. */
function bytesOf({ args }) {
  return sum(['activation_size', 'parameter_size', 'output_size'], key => Number(args[key] ?? 0))
}

/** The scope that a node was built in; what the runtime made by itself has none. */
function layerOf(title) {
  const scope = title
    .replace(/_kernel_time$/, '')
    .split('/')
    .slice(0, -1)
    .join('/')
  return scope || '(no layer)'
}

function sum(items, amountOf) {
  return items.reduce((total, item) => total + amountOf(item), 0)
}

function print(title, rows) {
  const shown = rows.slice(0, Number(asked.rows))
  const width = Math.max(title.length, ...shown.map(({ name: text }) => text.length))
  console.log(`\n${title.padEnd(width)}        ms   share  calls      MB`)
  for (const { name: text, milliseconds, share, calls, megabytes } of shown)
    console.log(
      `${text.padEnd(width)}  ${milliseconds.toFixed(1).padStart(8)}  ${(100 * share).toFixed(1).padStart(5)}%  ${String(Math.round(calls)).padStart(5)}  ${megabytes === undefined ? '' : megabytes.toFixed(0).padStart(6)}`,
    )
  const rest = rows.slice(shown.length)
  if (rest.length) {
    const left = 100 * sum(rest, ({ share }) => share)
    console.log(`${`and ${rest.length} more`.padEnd(width)}            ${left.toFixed(1).padStart(5)}%`)
  }
}
