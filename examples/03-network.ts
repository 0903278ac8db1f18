// A ResNet18 from random weights: its layers, a forward pass, and the model as a file that every ONNX runtime opens.
import { writeFile } from 'node:fs/promises'
import {
  buildNetwork,
  createEngine,
  float32,
  imagenetStatistics,
  initialParameters,
  type Network,
  networkModel,
} from 'glasshouse'

const plan = {
  net: 'resnet18',
  head: { kind: 'classes' as const, classes: ['cat', 'dog', 'neither'] },
  preprocessing: { size: 64, resize: 64, ...imagenetStatistics },
}
const network: Network = { ...plan, parameters: initialParameters(plan, 0) }
const built = buildNetwork(network, { batch: 1 })
console.log([...built.graph.layers].slice(0, 6).map(([name, { shape }]) => `${name} [${shape}]`))

const engine = await createEngine()
const program = await engine.compile({
  graph: built.graph,
  outputs: { logits: built.output },
  parameters: network.parameters,
})
const image = float32([1, 3, 64, 64], new Float32Array(3 * 64 * 64).fill(0.5))
const { logits } = await program.run({ images: image })
console.log('logits', Array.from(logits.data, Number))
await writeFile(process.argv[2] ?? 'resnet18.onnx', networkModel(network))
