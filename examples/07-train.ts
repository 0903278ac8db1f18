// Train a small classifier on drawn seedlings, and leave a run folder with curves, mistakes and model.onnx.
import { createContext, train, writeSeedlings } from 'glasshouse'

const folder = process.argv[2] ?? 'example-run'
await writeSeedlings(`${folder}/seedlings`, { perClass: 10, size: 48 })
const context = createContext({
  folder: `${folder}/run`,
  emit: event => event.kind === 'note' && console.log(event.text),
})
const { outcome } = await train(
  `${folder}/seedlings`,
  { net: 'small', size: 32, batch: 24, epochs: 3, lr: 0.05 },
  context,
)
const { accuracy } = outcome.last
console.log(
  `${outcome.steps} steps, accuracy ${(100 * (accuracy ?? 0)).toFixed(1)} %, ${context.results().files.length} files`,
)
