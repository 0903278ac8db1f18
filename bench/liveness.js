// What is alive in a run: from the order in which the kernels ran and the graph that the runtime made of ours. Each value
// lives from the kernel that makes it to the last that reads it. What the runtime keeps beyond that (room in its arena
// that does not fit, buffers inside kernels, the state that is fed and returned) is the rest of the resident memory.
import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from '../dist/graph/onnx/generated/onnx_pb.js'

const bytesPerElement = { float: 4, double: 8, float16: 2, int64: 8, int32: 4, uint8: 1, int8: 1, bool: 1 }
/** Their results are their operands under another name. */
const views = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity'])

/**
 * @param kernels the runtime's events of one run, in order; their names end in `_kernel_time`
 * @param {Uint8Array} bytes the optimised model
 * @returns peak in bytes, the kernel at which it is reached, and what is alive there: who made it, bytes, who reads it last
 */
export function peakOf(kernels, bytes) {
  const { graph } = fromBinary(ModelProtoSchema, bytes)
  const nodes = new Map(graph.node.map(node => [node.name, node]))
  const steps = kernels.flatMap(({ name, args }) => {
    const node = nodes.get(name.replace(/_kernel_time$/, ''))
    return node ? [{ node, sizes: args.output_type_shape.map(sizeOf) }] : []
  })
  const owners = new Map()
  const ownerOf = name => owners.get(name) ?? name
  const lastReader = new Map()
  steps.forEach(({ node }, at) => {
    for (const input of node.input) lastReader.set(ownerOf(input), at)
    if (views.has(node.opType)) owners.set(node.output[0], ownerOf(node.input[0]))
  })
  // Results of the run are read by whoever asked for it.
  for (const { name } of graph.output) lastReader.set(ownerOf(name), steps.length)

  const alive = new Map()
  let peak = { bytes: 0, at: undefined, held: [] }
  let now = 0
  steps.forEach(({ node, sizes }, at) => {
    node.output.forEach((name, index) => {
      if (!name || owners.has(name)) return
      alive.set(name, { maker: node.name, bytes: sizes[index] ?? 0 })
      now += alive.get(name).bytes
    })
    if (now > peak.bytes) peak = { bytes: now, at: node.name, held: [...alive] }
    for (const name of [...node.input, ...node.output].map(ownerOf)) {
      if (!alive.has(name) || (lastReader.get(name) ?? at) > at) continue
      now -= alive.get(name).bytes
      alive.delete(name)
    }
  })
  const held = peak.held.map(([name, { maker, bytes: size }]) => ({
    maker,
    bytes: size,
    reader: steps[lastReader.get(name)]?.node.name,
  }))
  return { ...peak, held: held.sort((a, b) => b.bytes - a.bytes) }
}

function sizeOf(typeAndShape) {
  const [[type, shape]] = Object.entries(typeAndShape)
  return (bytesPerElement[type] ?? 4) * shape.reduce((product, extent) => product * extent, 1)
}
