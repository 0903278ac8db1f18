/**
 * ONNX files as an attacker would write them: sound files of networks in which a few things have been changed by someone
 * who knows the format. Numbers at the borders of their types, operators with other operands, chains that double,
 * functions in functions, tensors elsewhere on the disk, names that speak to a terminal.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { Random } from '../src/base/random.ts'
import { encodeTensor } from '../src/graph/onnx/encode.ts'
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
} from '../src/graph/onnx/generated/onnx_pb.ts'
import { operators } from '../src/graph/onnx/operators/index.ts'
import { float32, int64 } from '../src/graph/tensor.ts'

const borders = [
  0n,
  1n,
  -1n,
  2n,
  3n,
  7n,
  255n,
  4096n,
  1n << 16n,
  1n << 20n,
  1n << 24n,
  1n << 31n,
  -(1n << 31n),
  1n << 40n,
  1n << 62n,
  -(1n << 63n),
]
const floats = [0, -1, 1, 1e-40, 0.5, 3, 1e6, 3e38, -3e38, Number.NaN, Number.POSITIVE_INFINITY]
const strings = [
  '',
  'SAME_UPPER',
  'SAME_LOWER',
  'VALID',
  'NOTSET',
  'linear',
  'cubic',
  'nearest',
  'reflect',
  'wrap',
  'add',
  'ii->',
  '...,...->...',
  '...i->i...',
  'constructor',
  '__proto__',
]
const names = [
  '',
  'x',
  '\u001b[2J\u001b]0;title\u0007',
  'a/../../b',
  '__proto__',
  'constructor',
  'toString',
  'n'.repeat(5000),
  '\0',
  '\u202e',
]
const others =
  'If Loop Scan NonZero Unique Compress Range ConstantOfShape RandomNormal EyeLike Tile GridSample RoiAlign NonMaxSuppression LSTM DFT STFT Bernoulli Multinomial QLinearConv DequantizeLinear Col2Im AffineGrid SequenceEmpty Optional StringNormalizer'.split(
    ' ',
  )
const places = ['/etc/passwd', '../beside.bin', 'beside.bin', 'C:\\x', '\0', 'd'.repeat(3000), '.', '']

let fresh = 0

/** A version of the file that means something else, or nothing. */
export function hostile(file: Uint8Array, chance: Random): Uint8Array {
  const model = fromBinary(ModelProtoSchema, file)
  do {
    change(model, model.graph!, chance)
  } while (chance.chance(0.6))
  return toBinary(ModelProtoSchema, model)
}

function change(model: ModelProto, graph: GraphProto, chance: Random): void {
  const { integer, pick } = chance
  const bodies = [graph, ...model.functions].filter(({ node }) => node.length > 0)
  if (bodies.length === 0) return
  const nodes = pick(bodies).node
  const node = pick(nodes)
  const known = graph.node
    .flatMap(({ output }) => output)
    .concat(
      graph.initializer.map(({ name }) => name),
      graph.input.map(({ name }) => name),
    )
  const attribute = node.attribute.length ? pick(node.attribute) : undefined
  const tensor = graph.initializer.length ? pick(graph.initializer) : undefined
  const attributeOf = (name: string, value: bigint | readonly bigint[]) =>
    typeof value === 'bigint'
      ? { name, type: AttributeType.INT, i: value }
      : { name, type: AttributeType.INTS, ints: [...value] }
  /** Puts a node of a stranger's before the one picked, which takes what it gives. */
  const insert = (
    opType: string,
    inputs: readonly string[],
    attributes: readonly ReturnType<typeof attributeOf>[] = [],
  ) => {
    const output = `hostile${fresh++}`
    const added = create(NodeProtoSchema, {
      opType,
      input: [...inputs],
      output: [output],
      attribute: [...attributes],
    })
    nodes.splice(nodes.indexOf(node), 0, added)
    return output
  }
  const numbers = (...values: readonly bigint[]) => {
    const name = `numbers${fresh++}`
    graph.initializer.push(encodeTensor(name, int64([values.length], BigInt64Array.from(values))))
    return name
  }
  const takes = (name: string) => {
    if (node.input.length) node.input[integer(node.input.length)] = name
    else node.input.push(name)
  }
  const some = () => Array.from({ length: 1 + integer(5) }, () => pick(borders))
  const input = () => node.input[0] ?? pick(known)
  const ways: (() => void)[] = [
    () => attribute && void (attribute.i = pick(borders)),
    () => attribute?.ints.length && void (attribute.ints[integer(attribute.ints.length)] = pick(borders)),
    () => attribute && void (attribute.ints = some()),
    () => attribute && void (attribute.f = pick(floats)),
    () => attribute && void (attribute.s = new TextEncoder().encode(pick(strings))),
    () => attribute && void (attribute.type = pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13])),
    () =>
      attribute &&
      void (attribute.name = pick(['axis', 'axes', 'group', 'mode', 'value', 'k', 'split', ...names])),
    () =>
      void node.attribute.push(
        ...[
          attributeOf(
            pick([
              'axis',
              'ceil_mode',
              'storage_order',
              'keepdims',
              'num_outputs',
              'training_mode',
              'count_include_pad',
              'batch_dims',
              'antialias',
            ]),
            pick(borders),
          ),
        ].map(one => ({ ...create(NodeProtoSchema, { attribute: [one] }).attribute[0] })),
      ),
    () => void (node.opType = pick(Object.keys(operators))),
    () => void (node.opType = pick([...others, ...names])),
    () => void (node.domain = pick(['', 'ai.onnx', 'com.microsoft', 'ai.onnx.ml', ...names])),
    () => takes(pick(known)),
    () => void node.input.push(pick(known)),
    () => void node.input.splice(integer(node.input.length), 1),
    () => void node.output.push(pick([...known, ''])),
    () => node.output.length && void (node.output[0] = pick([...known, ...names])),
    () => void nodes.splice(integer(nodes.length), 1),
    () => void nodes.push(nodes[integer(nodes.length)]),
    () => tensor && void (tensor.dims = some()),
    () => tensor && void (tensor.dataType = integer(24)),
    () => tensor && void (tensor.name = pick([...known, ...names])),
    () => {
      if (!tensor) return
      tensor.dataLocation = DataLocation.EXTERNAL
      const entry = (key: string, value: string) => create(StringStringEntryProtoSchema, { key, value })
      tensor.externalData = [
        entry('location', pick(places)),
        entry('offset', String(pick(borders))),
        entry('length', String(pick(borders))),
      ]
    },
    () => {
      const whole = graph.initializer.find(({ dataType, rawData }) => dataType === 7 && rawData.length >= 8)
      if (whole)
        new DataView(whole.rawData.buffer, whole.rawData.byteOffset).setBigInt64(0, pick(borders), true)
    },
    () => takes(insert('ConstantOfShape', [numbers(...some())])),
    () => takes(insert('Expand', [input(), numbers(...some())])),
    () => takes(insert('Tile', [input(), numbers(...some())])),
    () => takes(insert('Range', [numbers(pick(borders)), numbers(pick(borders)), numbers(pick(borders))])),
    () =>
      takes(
        insert('Slice', [
          input(),
          numbers(0n),
          numbers(pick(borders)),
          numbers(pick(borders)),
          numbers(pick(borders)),
        ]),
      ),
    () => takes(insert('Pad', [input(), numbers(...Array.from({ length: 8 }, () => pick(borders)))])),
    () => takes(insert('Reshape', [input(), numbers(...some())])),
    () => takes(insert('OneHot', [numbers(...some()), numbers(pick(borders)), numbers(0n, 1n)])),
    () => takes(insert(pick(['Resize', 'Upsample']), [input(), '', numbers(...some())])),
    () => {
      const scales = `scales${fresh++}`
      graph.initializer.push(encodeTensor(scales, float32([4], [1, 1, pick(floats), pick(floats)])))
      takes(insert('Resize', [input(), '', scales]))
    },
    () =>
      takes(
        insert(
          pick(['MaxPool', 'AveragePool', 'LpPool']),
          [input()],
          [
            attributeOf('kernel_shape', [pick(borders), pick(borders)]),
            attributeOf('pads', [pick(borders), 0n, pick(borders), 0n]),
          ],
        ),
      ),
    () => {
      let value = numbers(1n, 2n, 3n)
      for (let k = 0; k < 10 + integer(300); k++)
        value = insert(pick(['Concat', 'Concat', 'Add']), [value, value], [attributeOf('axis', 0n)])
      takes(value)
    },
    () => {
      const depth = pick([3, 60, 2000])
      const call = (k: number, to: string) =>
        create(NodeProtoSchema, { opType: `own${k}`, domain: 'own', input: ['x'], output: [to] })
      for (let k = 0; k < depth; k++) {
        const inner =
          k + 1 < depth
            ? [call(k + 1, 'a'), call(k + 1, 'y')]
            : [create(NodeProtoSchema, { opType: 'Relu', input: ['x'], output: ['y'] })]
        model.functions.push({
          ...create(ModelProtoSchema, {
            functions: [{ name: `own${k}`, domain: 'own', input: ['x'], output: ['y'], node: inner }],
          }).functions[0],
        })
      }
      const output = `hostile${fresh++}`
      nodes.splice(
        nodes.indexOf(node),
        0,
        create(NodeProtoSchema, { opType: 'own0', domain: 'own', input: [input()], output: [output] }),
      )
      takes(output)
    },
    () => {
      let body = create(GraphProtoSchema, { name: 'inner' })
      for (let k = 0; k < pick([1, 20, 3000]); k++)
        body = create(GraphProtoSchema, {
          name: 'outer',
          node: [{ opType: 'If', attribute: [{ name: 'then_branch', type: AttributeType.GRAPH, g: body }] }],
        })
      node.attribute.push({
        ...create(NodeProtoSchema, { attribute: [{ name: 'body', type: AttributeType.GRAPH, g: body }] })
          .attribute[0],
      })
    },
    () => {
      const { type } = pick(graph.input)
      if (type?.value.case !== 'tensorType') return
      const dims = type.value.value.shape?.dim ?? []
      if (dims.length) pick(dims).value = { case: 'dimValue', value: pick(borders) }
    },
    () =>
      model.opsetImport.length &&
      void (pick(model.opsetImport).version = pick([...borders, 9n, 11n, 13n, 18n, 26n, 30n])),
    () => graph.output.length && void (pick(graph.output).name = pick([...known, ...names])),
    () =>
      void model.metadataProps.push(
        create(StringStringEntryProtoSchema, {
          key: pick(['glasshouse', 'classes', 'names', 'preprocessing', 'head', 'net']),
          value: pick(['{', '[]', '{}', 'null', '1e999', "{0: 'a'}", '['.repeat(50_000), ...names]),
        }),
      ),
    () => void (graph.node.length > 1 && graph.node.reverse()),
  ]
  pick(ways)()
}
