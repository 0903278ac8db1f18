import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('steady-steps.js', import.meta.url))

export default {
  unit: 'images/s',
  better: 'more',
  note: 'training steps of ResNet18, 64 pixels, batch 64, in two processes at once with half of the threads each, as a sweep runs them unless it is asked otherwise; the peer is one process with all threads',
  settings: { size: 64, batch: 64, seconds: 15 },
  ours: settings => together(2, { ...settings, threads: Math.max(1, Math.floor(settings.threads / 2)) }),
  alone: settings => together(1, settings),
  peer: { side: 'alone' },
}

/** Images per second of some processes, which begin together once all have warmed up. */
async function together(count, settings) {
  const all = Array.from({ length: count }, () => started(settings))
  await Promise.all(all.map(({ line }) => line()))
  for (const { child } of all) child.stdin.end('go\n')
  const rates = await Promise.all(all.map(({ line }) => line()))
  return { value: rates.map(Number).reduce((a, b) => a + b) }
}

function started(settings) {
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return { child, line: async () => (await lines.next()).value }
}
