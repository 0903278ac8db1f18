// A graph, its gradient, and the proof that the gradient is right: a step of finite differences.
import { conv, createEngine, float32, Graph, gradient, reduceSum, relu, square } from 'glasshouse'

const graph = new Graph()
const x = graph.input('x', [1, 1, 6, 6])
const w = graph.input('w', [2, 1, 3, 3])
const loss = reduceSum(square(relu(conv(x, w, { pads: 1 }))))
const [dw] = gradient(loss, [w])

const engine = await createEngine()
const program = await engine.compile({ graph, outputs: { loss, dw } })
const image = float32(
  [1, 1, 6, 6],
  Float32Array.from({ length: 36 }, (_, i) => Math.sin(i)),
)
const at = async (weights: Float32Array) => program.run({ x: image, w: float32([2, 1, 3, 3], weights) })

const weights = Float32Array.from({ length: 18 }, (_, i) => Math.cos(3 * i))
const step = 1e-2
const moved = (by: number) => weights.map((value, i) => (i === 4 ? value + by : value))
const [up, down] = [await at(moved(step)), await at(moved(-step))]
const difference = (Number(up.loss.data[0]) - Number(down.loss.data[0])) / (2 * step)
const { dw: exact } = await at(weights)
console.log(`gradient ${Number(exact.data[4]).toFixed(3)}, finite difference ${difference.toFixed(3)}`)
await program.dispose()
