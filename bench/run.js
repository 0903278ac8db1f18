// npm run bench [-- NAME...] [--json] [--rounds N] [--threads N]
//
// Runs the benchmarks of this folder (NAME.bench.js; a NAME also picks every NAME-...), each against a peer, a
// Python script of peers/, where that is installed. Every measurement is a fresh process, ours and the peer's turn
// by turn, so that both see the same machine; reported are medians over the rounds. The exit code is 1 where
// anything could not be measured.
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { measureOurs, measurePeer, pythonWith } from './processes.js'
import { rowsOf, table } from './report.js'

const { values: asked, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
})
const rounds = atLeastOne('rounds')
const threads = atLeastOne('threads')
const progress = text => process.stderr.write(`${text}\n`)

const available = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith('.bench.js'))
  .map(file => file.slice(0, -'.bench.js'.length))
  .sort()
const chosen = available.filter(
  bench => !names.length || names.some(name => bench === name || bench.startsWith(`${name}-`)),
)
const unknown = names.filter(name => !chosen.some(bench => bench === name || bench.startsWith(`${name}-`)))
if (unknown.length) refuse(`no benchmark called ${unknown.join(', ')}; there are ${available.join(', ')}`)
if (!existsSync(new URL('../dist', import.meta.url))) refuse('nothing is built: run npm run build first')

const rows = []
for (const name of chosen) {
  const { default: bench } = await import(`./${name}.bench.js`)
  const reason = await bench.missing?.()
  if (reason) progress(`${name} is left out: ${reason}`)
  else rows.push(...(await benchmark(name, bench)))
}

if (asked.json) {
  console.log(
    JSON.stringify(Object.fromEntries(rows.map(({ name, failed, ...row }) => [name, row])), null, 2),
  )
} else {
  console.log(table(rows))
}
process.exitCode = rows.some(row => row.failed) ? 1 : 0

async function benchmark(name, bench) {
  const { recorded, side, script, modules } = bench.peer
  const python = script && pythonWith(modules)
  const prepared = await bench.prepare?.()
  const settings = { ...bench.settings, ...prepared?.settings, threads }
  const ours = { results: [], error: undefined }
  const peer = { results: [], error: script && !python ? `${modules[0]} is not installed` : undefined }
  try {
    let variants = bench.peer.variants ?? [{}]
    for (let round = 0; round < rounds; round++) {
      if (!ours.error) {
        progress(`${name}, round ${round + 1} of ${rounds}: ours`)
        await attempt(ours, () => measureOurs(name, settings))
      }
      if (peer.error) continue
      if (recorded) {
        peer.results = [recorded]
        continue
      }
      if (side) {
        progress(`${name}, round ${round + 1} of ${rounds}: ${side}`)
        await attempt(peer, () => measureOurs(name, settings, side))
        continue
      }
      if (!script) continue
      const tried = []
      for (const variant of variants) {
        progress(`${name}, round ${round + 1} of ${rounds}: peer ${Object.values(variant).join(' ')}`)
        await attempt(peer, () => measurePeer(python, script, { ...settings, ...variant }))
        if (peer.error) break
        tried.push({ variant, result: peer.results.pop() })
      }
      if (peer.error) continue
      // The first round tries every variant of the peer; the fastest stays.
      const [best] = tried.sort(
        (a, b) => (bench.better === 'less' ? 1 : -1) * (a.result.value - b.result.value),
      )
      variants = [best.variant]
      peer.results.push(best.result)
      peer.variant = Object.values(best.variant).join(' ')
    }
  } finally {
    await prepared?.dispose()
  }
  return rowsOf({ ...bench, name }, ours, peer, !script || python !== undefined)
}

async function attempt(side, measure) {
  try {
    side.results.push(await measure())
  } catch (error) {
    side.error = error instanceof Error ? error.message : String(error)
  }
}

function atLeastOne(option) {
  const number = Number(asked[option])
  if (!Number.isInteger(number) || number < 1)
    refuse(`--${option} takes a whole number from 1, not ${asked[option]}`)
  return number
}

function refuse(what) {
  progress(`bench: ${what}`)
  process.exit(2)
}
