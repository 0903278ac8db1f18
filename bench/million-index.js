// node bench/million-index.js [THREADS]: how long an index of a million vectors takes to build, how much memory it takes,
// and how fast and how well it finds the ten nearest of 1,000 queries, beside the exact search.

import { searchRows } from '../dist/embedding/search.js'
import { openVectorIndex } from '../dist/embedding/vector-index.node.js'
import { createEngine } from '../dist/runtime/engine.node.js'
import { count, createVectors, depth, dim, queries } from './million-vectors.js'

const threads = Number(process.argv[2] ?? 2)
const { asked, blocks } = createVectors()
const clock = () => ({ at: performance.now(), cpu: process.cpuUsage() })
const since = ({ at, cpu }) => {
  const { user, system } = process.cpuUsage(cpu)
  return `${((performance.now() - at) / 1000).toFixed(1)} s, of the processor ${((user + system) / 1e6).toFixed(1)} s`
}

const engine = await createEngine({ threads })
const drawn = clock()
for (const _ of blocks());
console.log(`drawing the vectors once: ${since(drawn)} (part of the two below)`)
const exactly = clock()
const exact = await searchRows(engine, { queries: asked, dim, gallery: blocks(), depth, total: count })
console.log(`exact: ${since(exactly)}`)
const before = process.memoryUsage.rss()
const index = openVectorIndex(dim, undefined, threads)
const building = clock()
for (const block of blocks()) index.add(block)
console.log(`index built: ${since(building)}, ${Math.round((process.memoryUsage.rss() - before) / 1e6)} MB`)
for (const candidates of [64, 128, 256]) {
  const searching = clock()
  const named = index.candidates(asked, candidates)
  const took = since(searching)
  let hits = 0
  for (let query = 0; query < queries; query++) {
    const row = new Set(named.subarray(candidates * query, candidates * (query + 1)))
    for (let rank = 0; rank < depth; rank++) hits += Number(row.has(exact.places[depth * query + rank]))
  }
  console.log(`${candidates} candidates: ${took}, recall at ${depth} ${(hits / queries / depth).toFixed(4)}`)
}
