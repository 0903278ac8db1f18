/**
 * Functions of a model's own: operators that the file defines by other operators, as exporters write whole modules.
 * A node that calls one is replaced by what the function does, so that nothing after this knows of them.
 */
import { create } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  type FunctionProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
} from './generated/onnx_pb.ts'

/** More nodes and calls than this come from a file that calls functions in functions to fill the memory. */
const most = 50_000

/** Functions in functions, deeper than any exporter nests modules. */
const deepest = 100

/** Characters of all names together: the names inside a function grow with every call around it. */
const mostCharacters = 2 ** 24

const identity = (domain: string, name: string, overload: string): string => `${domain}:${name}:${overload}`

/**
 * @returns the nodes of the model in an order in which they can be computed, none of them a function's
 * @throws what `refuse` makes of the reason, where functions call each other in a circle or come to too many nodes
 */
export function nodesOf(
  { graph, functions }: Pick<ModelProto, 'graph' | 'functions'>,
  refuse: (reason: string) => Error,
): NodeProto[] {
  if (!graph || functions.length === 0) return graph?.node ?? []
  const called = new Map(functions.map(one => [identity(one.domain, one.name, one.overload), one]))
  const nodes: NodeProto[] = []
  let seen = 0
  let characters = 0
  const lay = (node: NodeProto, within: readonly FunctionProto[]) => {
    if (++seen > most) throw refuse(`functions that come to more than ${most} nodes`)
    const own = called.get(identity(node.domain, node.opType, node.overload))
    if (!own) nodes.push(node)
    else if (within.includes(own)) throw refuse(`the function ${own.name}, which calls itself`)
    else if (within.length >= deepest) throw refuse(`functions in functions, more than ${deepest} deep`)
    else {
      for (const inner of bodyOf(own, node)) {
        for (const name of [inner.name, ...inner.input, ...inner.output]) characters += name.length
        if (characters > mostCharacters) throw refuse('functions whose names fill the memory')
        lay(inner, [...within, own])
      }
    }
  }
  for (const node of graph.node) lay(node, [])
  return nodes
}

/** The nodes of a function for one call of it: its inner values are named after the call. */
function bodyOf(own: FunctionProto, call: NodeProto): NodeProto[] {
  const place = call.output.find(name => name !== '') ?? call.name
  const outside = new Map([
    ...own.output.flatMap((name, at) => (call.output[at] ? [[name, call.output[at]] as const] : [])),
    ...own.input.map((name, at) => [name, call.input[at] ?? ''] as const),
  ])
  const named = (name: string) => (name === '' ? '' : (outside.get(name) ?? `${place}/${name}`))
  return own.node.map(node =>
    create(NodeProtoSchema, {
      ...{ opType: node.opType, domain: node.domain, overload: node.overload },
      name: [call.name, node.name].filter(Boolean).join('/'),
      input: node.input.map(named),
      output: node.output.map(named),
      attribute: node.attribute.flatMap(one => attributeOf(one, own, call)),
    }),
  )
}

/** An attribute may stand for one of the call's, or for its default; where there is neither, it is left out. */
function attributeOf(one: AttributeProto, own: FunctionProto, call: NodeProto): AttributeProto[] {
  if (!one.refAttrName) return [one]
  const given = [...call.attribute, ...own.attributeProto].find(({ name }) => name === one.refAttrName)
  return given ? [{ ...given, name: one.name }] : []
}
