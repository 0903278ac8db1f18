// Training steps for a number of seconds: node steady-steps.js SETTINGS. Says `ready` when it has warmed up, begins at a
// line of input, and ends with its images per second.
import { once } from 'node:events'
import { trainStep } from './ours.js'

const { seconds, batch, ...settings } = JSON.parse(process.argv[2])
const step = await trainStep({ ...settings, batch })
for (let i = 0; i < 2; i++) await step()
console.log('ready')
await once(process.stdin, 'data')
const start = performance.now()
let steps = 0
while (performance.now() - start < 1000 * seconds) {
  await step()
  steps++
}
console.log((1000 * steps * batch) / (performance.now() - start))
process.exit(0)
