// Measures our side of one benchmark in a process of its own: node measure.js NAME SETTINGS [SIDE]
import { writeSync } from 'node:fs'

const [name, settings, side = 'ours'] = process.argv.slice(2)
try {
  const { default: bench } = await import(`./${name}.bench.js`)
  const { value } = await bench[side](JSON.parse(settings))
  const memory = process.resourceUsage().maxRSS / 1024
  writeSync(1, `${JSON.stringify({ value, memory })}\n`)
  process.exit(0)
} catch (error) {
  writeSync(2, `${String(error?.message ?? error).split('\n')[0]}\n`)
  process.exit(1)
}
