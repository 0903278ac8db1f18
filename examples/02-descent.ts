// Gradient descent in ten lines: the update is a part of the graph. Fits a plane to points.
import { createEngine, float32, Graph, gradient, matmul, mul, reduceMean, square, sub } from 'glasshouse'

const graph = new Graph()
const x = graph.input('x', [64, 2])
const y = graph.input('y', [64, 1])
const w = graph.input('w', [2, 1])
const loss = reduceMean(square(sub(matmul(x, w), y)))
const [dw] = gradient(loss, [w])
const program = await (await createEngine()).compile({ graph, outputs: { loss, next: sub(w, mul(dw, 0.3)) } })

const points = Float32Array.from({ length: 128 }, (_, i) => Math.sin(7 * i))
const heights = Float32Array.from({ length: 64 }, (_, i) => 2 * points[2 * i] - 3 * points[2 * i + 1])
let weights = float32([2, 1], new Float32Array(2))
for (let step = 0; step < 100; step++) {
  const results = await program.run({ x: float32([64, 2], points), y: float32([64, 1], heights), w: weights })
  weights = float32([2, 1], Float32Array.from(results.next.data, Number))
}
console.log(
  `slopes ${Array.from(weights.data, value => value.toFixed(3)).join(', ')}: 2 and -3 were asked for`,
)

// Graphs are plain data: this one prints its operators.
const ops = graph.nodes.map(node => node.op)
console.log(`${ops.length} nodes: ${[...new Set(ops)].join(', ')}`)
