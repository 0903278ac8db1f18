/**
 * Lays a model from elsewhere into a graph, for inputs of known shapes: what the file leaves open (the number of
 * images, their size) is known from then on, so every inner shape is, and arithmetic on shapes is done here and now.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { toFloat32 } from '../element-types.ts'
import { type Attributes, type Graph, operatorName, type Value, type ValueType } from '../graph.ts'
import type { Tensor } from '../tensor.ts'
import { typedTensor } from '../tensor.ts'
import { type Inside, takenBranch, unrolled } from './bodies.ts'
import { type Budget, budgetFor, largestValue } from './budget.ts'
import { foldConstants, tensorOf } from './constant-folding.ts'
import { malformed, type OnnxBody, type OnnxModel, type OnnxNode } from './decode.ts'
import { operators } from './operators/index.ts'
import { refuseSurplus } from './operators/most-operands.ts'
import type { Operation } from './operators/operation.ts'
import { upToDate } from './operators/versions.ts'

export interface ImportOptions {
  /** what a run has seen of values whose shapes the operators do not tell */
  types?: (name: string) => ValueType | undefined
  fixedBatch?: Operation['fixedBatch']
  /** what stands in the place of a weight, wherever the file uses it */
  weights?: (weight: Value, name: string) => Value
}

/** Half precision is computed in single. */
const single = (content: Tensor): Tensor => (content.dtype.includes('float16') ? toFloat32(content) : content)

/** Tensors that are part of the computation rather than weights: whole numbers, single numbers, empty ones. */
const isWeight = ({ dtype, shape, data }: Tensor): boolean =>
  dtype.includes('float') && shape.length > 0 && data.length > 1

/** Some exporters put weights into nodes. */
const isLarge = (content: Tensor): boolean => isWeight(content) && content.data.length > 64

/** The weights of a model, by name. */
export function weightsOf(model: OnnxModel): Map<string, Tensor> {
  const inside = model.nodes
    .filter(({ op, domain }) => op === 'Constant' && domain === '')
    .map(node => [node.outputs[0], constantContent(node, model.where)] as const)
  const weights = [
    ...[...model.initialisers].filter(([, content]) => isWeight(content)),
    ...inside.filter(([, content]) => isLarge(content)),
  ]
  return new Map(weights.map(([name, content]) => [name, single(content)]))
}

/**
 * @param inputs the values that stand for what the model is fed, by its names
 * @returns every value of the model by name
 * @throws GlasshouseError 'onnx-operator' where the shape of an operator's output is unknown
 */
export function layModel(
  graph: Graph,
  model: OnnxModel,
  inputs: ReadonlyMap<string, Value>,
  { types = () => undefined, fixedBatch, weights: placed = weight => weight }: ImportOptions = {},
): Map<string, Value> {
  const { where, opset } = model
  const values = new Map(inputs)
  const weights = weightsOf(model)
  const contents = new Map<Value, Tensor>()
  for (const [name, content] of weights) {
    const value = graph.parameter(name, content.shape, content.dtype)
    contents.set(value, content)
    values.set(name, placed(value, name))
  }
  for (const [name, content] of model.initialisers)
    if (!weights.has(name)) values.set(name, graph.constant(single(content)))
  const given = [...model.initialisers.values(), ...weights.values()]
  const budget = budgetFor(
    where,
    given.reduce((sum, { data }) => sum + data.length, 0),
  )
  const images = Math.max(1, ...[...inputs.values()].map(({ shape }) => shape[0] ?? 1))
  graph.largestValue = largestValue * images
  /** values that do not depend on what the model is fed */
  const fixed = new Set(values.values())
  for (const value of inputs.values()) fixed.delete(value)

  /** What stands inside a body sees what stands around it. */
  const valueNamed = (name: string, scope: Scope): Value | undefined => {
    if (name === '') return undefined
    for (let at: Scope | undefined = scope; at; at = at.around) {
      const value = at.values.get(name)
      if (value) return value
    }
    throw malformed(where, `the value '${name}', which nothing computes before it is used`)
  }
  const budgetOfNodes = { left: mostNodes }
  const lay = (node: OnnxNode, scope: Scope): void => {
    if (--budgetOfNodes.left < 0)
      throw malformed(where, `branches and loops that come to more than ${mostNodes} nodes`)
    const { values } = scope
    const standard = node.domain === ''
    if (node.op === 'Constant' && standard) {
      if (scope.around || !weights.has(node.outputs[0]))
        values.set(node.outputs[0], graph.constant(single(constantContent(node, where))))
      return
    }
    const inputs = node.inputs.map(name => valueNamed(name, scope))
    if (node.bodies) {
      const inside: Inside = { node, inputs, graph, where, run: (body, given) => layBody(body, given, scope) }
      const outputs = node.op === 'If' ? takenBranch(inside) : unrolled(inside)
      for (const [index, name] of node.outputs.entries()) {
        const value = outputs[index]
        if (name === '') continue
        if (!value) throw malformed(where, `${operatorName(node)}, whose body gives fewer values than it`)
        if (graph.constantOf(value)) fixed.add(value)
        values.set(name, value)
      }
      return
    }
    const asked = node.outputs.findLastIndex(name => name !== '') + 1
    const operation: Operation = {
      op: node.op,
      graph,
      opset,
      inputs,
      attributes: node.attributes,
      outputs: asked,
      contentOf: value => value && (graph.constantOf(value) ?? contents.get(value)),
      seen: output => types(node.outputs[output]),
      fixedBatch,
    }
    const current = standard ? upToDate(operation) : operation
    const built = standard
      ? explained(
          node,
          where,
          () => (asked > 1 ? undefined : folded(current, budget)) ?? known(current, node.outputs),
        )
      : undefined
    const outputs = built ?? asSeen(current, node, model, types)
    if (inputs.every(value => value === undefined || fixed.has(value))) {
      for (const value of outputs) {
        if (!fixed.has(value) && !graph.constantOf(value)) budget.addConstant(value.shape)
        fixed.add(value)
      }
    }
    for (const [index, name] of node.outputs.entries()) if (name !== '') values.set(name, outputs[index])
  }
  const layBody = (body: OnnxBody, given: readonly Value[], around: Scope): Value[] => {
    const scope: Scope = { values: new Map(), around }
    for (const [at, name] of body.inputs.entries()) {
      if (given[at] === undefined) throw malformed(where, 'a body that takes more values than it is given')
      scope.values.set(name, given[at])
      if (graph.constantOf(given[at])) fixed.add(given[at])
    }
    for (const [name, content] of body.initialisers) {
      const value = graph.constant(single(content))
      scope.values.set(name, value)
      fixed.add(value)
    }
    for (const node of body.nodes) lay(node, scope)
    return body.outputs.flatMap(name => valueNamed(name, scope) ?? [])
  }
  for (const node of model.nodes) lay(node, { values })
  graph.largestValue = Number.POSITIVE_INFINITY
  return values
}

/** Values by name, and those of what stands around. */
interface Scope {
  readonly values: Map<string, Value>
  readonly around?: Scope
}

/** More nodes than this come from loops that fill the memory. */
const mostNodes = 100_000

function folded({ op, graph, inputs, attributes }: Operation, budget: Budget): Value[] | undefined {
  const contents = inputs.map(input => input && graph.constantOf(input))
  if (contents.some((content, index) => inputs[index] && !content)) return undefined
  const content = foldConstants(op, contents, attributes, budget)
  return content && [graph.constant(content)]
}

/** What is known beforehand stays so in another shape. */
function reshapedConstant(value: Value): Value {
  const { graph, producer, shape } = value
  const content = producer?.op === 'Reshape' ? graph.constantOf(producer.inputs[0]!) : undefined
  return content ? graph.constant(typedTensor(content.dtype, shape, content.data)) : value
}

/** What the table makes of it, if that is all that the file asks for. */
function known(operation: Operation, names: readonly string[]): readonly Value[] | undefined {
  const operator = Object.hasOwn(operators, operation.op) ? operators[operation.op] : undefined
  if (operator) refuseSurplus(operation)
  const made = operator?.(operation)
  const outputs = made && ('length' in made ? made : [made]).map(reshapedConstant)
  return outputs && names.every((name, index) => name === '' || outputs[index]) ? outputs : undefined
}

/** Whatever goes wrong with a node is the model's fault: operands that are missing, or do not fit. */
function explained<T>(node: OnnxNode, where: string, build: () => T): T {
  try {
    return build()
  } catch (error) {
    const isExplained = error instanceof GlasshouseError
    throw new GlasshouseError({
      code: isExplained ? error.code : 'onnx-node',
      what: isExplained ? error.message : `${node.op} cannot take what it is given`,
      where: `${where}, node ${node.name || node.outputs[0]}`,
      hint: isExplained
        ? 'If the images have another size than the network was made for, ask for that size'
        : 'The model is damaged, or its exporter faulty: export it again',
      cause: error,
    })
  }
}

/** The operator as it stands, with the types that a run has seen. */
function asSeen(
  { op, graph, inputs, attributes, opset, outputs }: Operation,
  node: OnnxNode,
  { where, domains }: OnnxModel,
  types: NonNullable<ImportOptions['types']>,
): Value[] {
  const seen = node.outputs.slice(0, outputs).map(name => {
    if (name === '') return unnamed
    const type = types(name)
    return type && { ...type, dtype: type.dtype?.includes('float16') ? 'float32' : type.dtype }
  })
  const whole = seen.filter(type => type !== undefined)
  if (whole.length < seen.length) {
    throw new GlasshouseError({
      code: 'onnx-operator',
      what: `the shape of what ${operatorName(node)} gives is not known`,
      where: `${where}, node ${node.name || node.outputs[0]}`,
      hint: 'Ask for the number and the size of images that the model was exported for',
    })
  }
  const version = node.domain === '' ? opset : domains.get(node.domain)
  return graph.node(op, inputs, whole, { attributes, domain: node.domain, version })
}

/** Stands for an output that nothing asks for: its type plays no part. */
const unnamed: ValueType = { shape: [] }

function constantContent(node: OnnxNode, where: string): Tensor {
  const { value, value_float, value_floats, value_int, value_ints } = node.attributes as Attributes
  if (typeof value === 'object' && 'dtype' in value) return value
  if (typeof value_float === 'object' && 'float' in value_float)
    return tensorOf('float32', [], [value_float.float])
  if (typeof value_floats === 'object' && 'floats' in value_floats)
    return tensorOf('float32', [value_floats.floats.length], value_floats.floats)
  if (typeof value_int === 'number') return tensorOf('int64', [], [value_int])
  if (Array.isArray(value_ints)) return tensorOf('int64', [value_ints.length], value_ints as number[])
  throw malformed(where, `the constant '${node.outputs[0]}' without a content that is known here`)
}
