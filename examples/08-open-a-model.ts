// Open a model that somebody trained (a run folder, an .onnx file, NET:WEIGHTS) and ask it about an image.
import { createEngine, fillPrepared, forward, openModel, readPicture, viewOf } from 'glasshouse'

const [source = 'example-run/run', path = 'example-run/seedlings/test/Maize/0004.png'] = process.argv.slice(2)
const { network } = await openModel(source)
const view = viewOf(await readPicture(path), network.preprocessing)
const { logits } = await forward(
  await createEngine(),
  network,
  1,
  (_, target, offset) => fillPrepared(view, network.preprocessing, target, offset),
  built => ({ logits: built.output }),
)
const names = network.head.kind === 'classes' ? network.head.classes : []
const best = logits.indexOf(Math.max(...logits))
console.log(`${path}: ${names[best] ?? best} (logit ${logits[best].toFixed(2)})`)
