/**
 * The graph language: values and the nodes that produce them, with shapes known while the graph is built.
 *
 * A Graph is an append-only list of nodes in topological order. Operators (`ops/`) are plain functions from
 * values to values that append one node each; networks, losses, gradients and optimiser steps are all made of
 * them. Nothing is computed here: a runtime turns a graph into a compiled program, and `onnx/` writes it out.
 *
 * Vocabulary: a *value* is an edge of the graph (a tensor to be); a *node* applies one ONNX operator; a
 * *parameter* is a named value whose content is supplied from outside, fixed or trained; a *layer* is a value
 * that has been given a dotted name by the network that made it; a *scope* is the layer in which a node stands.
 */
import { GlasshouseError } from '../base/errors.ts'
import { type DType, type Shape, sizeOf, type Tensor, tensor } from './tensor.ts'

/** A dotted name such as `stage2.unit1.sum`. */
export type LayerName = string

/** An ONNX attribute. Plain numbers are integers; floats are marked, because ONNX keeps the two apart. */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { float: number }
  | { floats: readonly number[] }
  | Tensor
export type Attributes = Readonly<Record<string, Attribute>>

export interface Value {
  readonly graph: Graph
  readonly name: string
  readonly dtype: DType
  readonly shape: Shape
  /** the node that produces it; undefined for inputs, parameters and constants */
  readonly producer?: Node
}

export interface Node {
  readonly op: string
  /** '' for the ONNX standard operators */
  readonly domain: string
  readonly name: string
  /** undefined where an optional input is left out */
  readonly inputs: readonly (Value | undefined)[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
  /** the layer it stands in, '' at the top */
  readonly scope: LayerName
  /** the least version of its domain's operators that has it as it stands here, where our usual one does not do */
  readonly version?: number
}

/** The name that tables of operators use: `Relu`, and with its domain `com.microsoft.BiasGelu`. */
export const operatorName = ({ op, domain }: Pick<Node, 'op' | 'domain'>): string =>
  domain ? `${domain}.${op}` : op

export interface ValueType {
  readonly shape: Shape
  readonly dtype?: DType
}

export class Graph {
  readonly nodes: Node[] = []
  readonly inputs = new Map<string, Value>()
  readonly parameters = new Map<string, Value>()
  readonly layers = new Map<LayerName, Value>()
  /** nodes that a gradient does not pass: see stopGradient */
  readonly barriers = new Set<Node>()
  readonly #constants = new Map<Value, Tensor>()
  readonly #smallConstants = new Map<string, Value>()
  readonly #names = new Map<string, number>()
  #scope = ''
  /** the most elements that a value may have: limited while a stranger's model is read */
  largestValue = Number.POSITIVE_INFINITY

  /** A value that is supplied on every run. */
  input(name: string, shape: Shape, dtype: DType = 'float32'): Value {
    return this.#supplied(this.inputs, name, shape, dtype)
  }

  /** A named value that is supplied from outside: fixed when compiled as constant, trained otherwise. */
  parameter(name: string, shape: Shape, dtype: DType = 'float32'): Value {
    return this.#supplied(this.parameters, name, shape, dtype)
  }

  #supplied(table: Map<string, Value>, name: string, shape: Shape, dtype: DType): Value {
    if (this.inputs.has(name) || this.parameters.has(name)) {
      throw new GlasshouseError({
        code: 'duplicate-name',
        what: `the graph already has an input or parameter '${name}'`,
        where: name,
      })
    }
    checkShape(shape, name, this.largestValue)
    const value: Value = { graph: this, name: this.#unique(name), dtype, shape }
    table.set(name, value)
    return value
  }

  /** A tensor that is part of the graph; a plain number becomes a scalar. Equal small constants are shared. */
  constant(content: Tensor | number, dtype: DType = 'float32'): Value {
    const data = typeof content === 'number' ? scalar(content, dtype) : content
    const key =
      data.data.length <= 16
        ? `${data.dtype}[${data.shape}]${Array.from<number | bigint>(data.data)}`
        : undefined
    const known = key === undefined ? undefined : this.#smallConstants.get(key)
    if (known) return known
    const value: Value = { graph: this, name: this.#unique('constant'), dtype: data.dtype, shape: data.shape }
    this.#constants.set(value, data)
    if (key !== undefined) this.#smallConstants.set(key, value)
    return value
  }

  /** The content of a constant; undefined for every other value. */
  constantOf(value: Value): Tensor | undefined {
    return this.#constants.get(value)
  }

  get constants(): ReadonlyMap<Value, Tensor> {
    return this.#constants
  }

  /** Appends a node and returns its outputs, whose shapes the caller has worked out. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly ValueType[],
    {
      attributes = {},
      domain = '',
      names,
      version,
    }: { attributes?: Attributes; domain?: string; names?: readonly string[]; version?: number } = {},
  ): Value[] {
    const name = this.#unique(this.#scope ? `${this.#scope}/${op}` : op)
    for (const input of inputs) {
      if (input && input.graph !== this)
        throw new Error(`${name}: value '${input.name}' belongs to another graph`)
    }
    const values: Value[] = []
    const node: Node = { op, domain, name, inputs, outputs: values, attributes, scope: this.#scope, version }
    outputs.forEach(({ shape, dtype }, index) => {
      checkShape(shape, name, this.largestValue)
      const valueName = names?.[index] ?? (index === 0 ? name : `${name}:${index}`)
      values.push({
        graph: this,
        name: names ? this.#unique(valueName) : valueName,
        shape,
        dtype: dtype ?? inputs[0]?.dtype ?? 'float32',
        producer: node,
      })
    })
    this.nodes.push(node)
    return values
  }

  /** Asks a node that already stands for one more, optional output. */
  addOutput(node: Node, { shape, dtype = 'float32' }: ValueType): Value {
    const value: Value = {
      graph: this,
      name: `${node.name}:${node.outputs.length}`,
      shape,
      dtype,
      producer: node,
    }
    ;(node.outputs as Value[]).push(value)
    return value
  }

  /** Runs `build` with `name` appended to the scope: its nodes and layers stand inside it. */
  scope<T>(name: string, build: () => T): T {
    const outer = this.#scope
    this.#scope = [outer, name].filter(Boolean).join('.')
    try {
      return build()
    } finally {
      this.#scope = outer
    }
  }

  /** Gives a value a layer name inside the current scope ('' names the scope itself), and returns the value. */
  layer(name: string, value: Value): Value {
    const full = [this.#scope, name].filter(Boolean).join('.')
    this.layers.set(full, value)
    return value
  }

  /** The full name of something called `name` in the current scope. */
  scoped(name: string): string {
    return this.#scope ? `${this.#scope}.${name}` : name
  }

  #unique(name: string): string {
    const uses = this.#names.get(name) ?? 0
    this.#names.set(name, uses + 1)
    return uses === 0 ? name : this.#unique(`${name}_${uses}`)
  }
}

function scalar(value: number, dtype: DType): Tensor {
  if (dtype === 'int64') return tensor('int64', [], BigInt64Array.of(BigInt(value)))
  if (dtype === 'float64') return tensor('float64', [], Float64Array.of(value))
  if (dtype === 'int32') return tensor('int32', [], Int32Array.of(value))
  if (dtype === 'bool') return tensor('bool', [], Uint8Array.of(value))
  if (dtype === 'float32') return tensor('float32', [], Float32Array.of(value))
  throw new Error(`a scalar constant of type ${dtype} has no use here`)
}

function checkShape(shape: Shape, where: string, largest: number): void {
  if (!shape.every(extent => Number.isInteger(extent) && extent >= 0)) {
    throw new GlasshouseError({
      code: 'bad-shape',
      what: 'a shape is a list of whole numbers, none negative',
      where,
      got: `[${shape}]`,
    })
  }
  if (!(sizeOf(shape) <= largest)) {
    throw new GlasshouseError({
      code: 'shape-too-large',
      what: 'a value is larger than any that is computed here',
      where,
      expected: `at most ${largest} elements`,
      got: `[${shape}]`,
    })
  }
}

/** The error of an operator whose inputs do not fit: names the operator, the layer and every shape. */
export function operatorError(
  op: string,
  what: string,
  inputs: readonly (Value | undefined)[],
  expected?: string,
): GlasshouseError {
  const graph = inputs.find(input => input)?.graph
  const shapes = inputs
    .map(input => (input ? `${input.name} ${input.dtype}[${input.shape}]` : 'none'))
    .join(', ')
  return new GlasshouseError({
    code: 'operator-shape',
    what: `${op}: ${what}`,
    where: graph?.scoped('') ? `layer ${graph.scoped('').replace(/\.$/, '')}` : undefined,
    expected,
    got: shapes,
  })
}

/**
 * The first `count` inputs of an operator, none of which it can do without; all unless a count is given.
 * @throws GlasshouseError 'operator-shape' where one is left out
 */
export function operands(node: Pick<Node, 'op' | 'inputs'>, count: 1): readonly [Value]
export function operands(node: Pick<Node, 'op' | 'inputs'>, count: 2): readonly [Value, Value]
export function operands(node: Pick<Node, 'op' | 'inputs'>, count: 3): readonly [Value, Value, Value]
export function operands(node: Pick<Node, 'op' | 'inputs'>, count?: number): readonly Value[]
export function operands(
  { op, inputs }: Pick<Node, 'op' | 'inputs'>,
  count = Math.max(1, inputs.length),
): readonly Value[] {
  return Array.from({ length: count }, (_, index) => {
    const input = inputs[index]
    if (!input) throw operatorError(op, `operand ${index} of ${count} is missing`, inputs)
    return input
  })
}

export const elementsOf = (value: Value): number => sizeOf(value.shape)
export const isFloat = (value: Value): boolean =>
  value.dtype === 'float32' || value.dtype === 'float64' || value.dtype === 'float16'
