// node bench/no-op-worker.js FOLDER COUNT MILLISECONDS LEASE [QUEUE]: a worker whose units compute nothing.
import { setMaxListeners } from 'node:events'
import { createWork } from '../dist/base/work.js'
import { computeFor } from './no-op-units.js'

const [folder, count, milliseconds, lease, queue] = process.argv.slice(2)
const stop = new AbortController()
setMaxListeners(0, stop.signal)
process.on('SIGTERM', () => stop.abort(new Error('SIGTERM')))
const work = createWork({
  signal: stop.signal,
  emit: event => event.kind === 'note' && console.log(event.text),
})
const compute = computeFor(Number(count), Number(milliseconds))
const wishes = { parallel: 1, folders: [folder], lease: Number(lease), compute }
if (queue) {
  const [{ queueAddress }, { workFrom }] = await Promise.all([
    import('../dist/runs/queue/address.js'),
    import('../dist/runs/queue/worker.node.js'),
  ])
  await workFrom(queueAddress(queue), work, { ...wishes, once: false, idle: 0 })
} else {
  const { workOn } = await import('../dist/runs/units/pilot.node.js')
  await workOn(folder, work, { ...wishes, idle: 2 * Number(lease), backOff: 100 })
}
process.exit(0)
