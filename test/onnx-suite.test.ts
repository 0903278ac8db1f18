/**
 * The backend test suite of ONNX (github.com/onnx/onnx, folder onnx/backend/test/data of a release) through the importer
 * and the gradient. It is not part of this repository: GLASSHOUSE_ONNX_SUITE names the folders, separated by colons, and
 * without it nothing runs. GLASSHOUSE_ONNX_ONLY takes cases by a pattern, GLASSHOUSE_ONNX_REPORT writes what was found
 * to a file, one line of JSON per case, and GLASSHOUSE_ONNX_VERSIONS tries every case in each version of the standard
 * that the engine takes it in.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { decodeTensor } from '../src/graph/onnx/decode.ts'
import { encodeTensor } from '../src/graph/onnx/encode.ts'
import { ModelProtoSchema, TensorProtoSchema } from '../src/graph/onnx/generated/onnx_pb.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import type { Tensors } from '../src/runtime/engine.ts'
import { type Examination, examine } from './examine-model.ts'

const folders = (process.env.GLASSHOUSE_ONNX_SUITE ?? '').split(':').filter(Boolean)
const only = new RegExp(process.env.GLASSHOUSE_ONNX_ONLY ?? '')
const report = process.env.GLASSHOUSE_ONNX_REPORT
const kinds = ['node', 'simple', 'pytorch-converted', 'pytorch-operator']
const versions = process.env.GLASSHOUSE_ONNX_VERSIONS
  ? Array.from({ length: 18 }, (_, k) => 9 + k)
  : [undefined]

interface Recorded {
  bytes: Uint8Array
  feeds: Tensors
  expected: Tensors
}

/** Operands that say what an operator does rather than what it works on, although they are numbers like others. */
const settings: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2], Upsample: [1] }

/** The case as exporters write it: whole numbers, truth values and settings are part of the file. */
function fixed({ bytes, feeds, expected }: Recorded): Recorded | undefined {
  const model = fromBinary(ModelProtoSchema, bytes)
  const graph = model.graph!
  const set = graph.node.flatMap(({ opType, input }) => settings[opType]?.map(at => input[at]) ?? [])
  const isFixed = (name: string) =>
    feeds[name] && (!feeds[name].dtype.includes('float') || set.includes(name))
  const moved = graph.input.filter(({ name }) => isFixed(name)).map(({ name }) => name)
  if (moved.length === 0 || moved.length === Object.keys(feeds).length) return undefined
  graph.input = graph.input.filter(({ name }) => !moved.includes(name))
  graph.initializer.push(...moved.map(name => encodeTensor(name, feeds[name])))
  const rest = Object.fromEntries(Object.entries(feeds).filter(([name]) => !moved.includes(name)))
  return { bytes: toBinary(ModelProtoSchema, model), feeds: rest, expected }
}

/** A case, or why it is none for us: what goes in or comes out is not a tensor, or a tensor of a type that is not known. */
function readCase(folder: string, version?: number): Recorded | string {
  const model = fromBinary(ModelProtoSchema, readFileSync(join(folder, 'model.onnx')))
  const standard = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  if (version !== undefined) {
    if (!standard || Number(standard.version) === version) return 'its own version'
    standard.version = BigInt(version)
  }
  const given = new Set(model.graph!.initializer.map(({ name }) => name))
  const inputs = model.graph!.input.filter(({ name }) => !given.has(name))
  const all = [...inputs, ...model.graph!.output]
  const strange = all.find(({ type }) => type?.value.case !== 'tensorType')
  if (strange) return `${strange.name} is a ${strange.type?.value.case}`
  const sets = join(folder, 'test_data_set_0')
  const tensorsOf = (list: typeof all, file: string): Tensors =>
    Object.fromEntries(
      list.flatMap(({ name, type }, index) => {
        const path = join(sets, `${file}_${index}.pb`)
        if (!existsSync(path)) return []
        const proto = fromBinary(TensorProtoSchema, readFileSync(path))
        // The bits of a bfloat16 were recorded as whole numbers in some releases.
        if (type?.value.case === 'tensorType' && type.value.value.elemType !== proto.dataType)
          throw new Error(`${name} is recorded in another type than the model gives`)
        return [[name, decodeTensor(proto, basename(folder))]]
      }),
    )
  try {
    return {
      bytes: toBinary(ModelProtoSchema, model),
      feeds: tensorsOf(inputs, 'input'),
      expected: tensorsOf(model.graph!.output, 'output'),
    }
  } catch (error) {
    return (error as Error).message
  }
}

const engine = await createEngine({ threads: 1 })

describe.skipIf(folders.length === 0)('the backend suite of ONNX', () => {
  if (report) writeFileSync(report, '')
  const places = folders.flatMap(folder =>
    kinds
      .map(kind => join(folder, kind))
      .filter(existsSync)
      .map(place => [place] as const),
  )
  it.each(places)(
    '%s: no wrong number, no fault',
    async place => {
      const table: Record<string, number> = {}
      const count = (what: string) => {
        table[what] = (table[what] ?? 0) + 1
      }
      const bad: string[] = []
      const tell = (name: string, what: object) => {
        if (report) appendFileSync(report, `${JSON.stringify({ place, name, ...what })}\n`)
      }
      for (const name of readdirSync(place).filter(one => only.test(one))) {
        for (const version of versions) {
          const one = readCase(join(place, name), version)
          if (typeof one === 'string') {
            if (version === undefined)
              count('not tensors alone, of types that are not known here, or recorded in another type')
            continue
          }
          for (const [form, recorded] of Object.entries({ fed: one, fixed: fixed(one) })) {
            if (!recorded) continue
            if (report) writeFileSync(`${report}.now`, `${place} ${name} ${version} ${form}`)
            const { bytes, feeds, expected } = recorded
            const found: Examination = await examine(
              bytes,
              feeds,
              engine,
              version === undefined ? { expected } : { gradient: false },
            )
            if (version !== undefined && found.engine === 'refuses') continue
            count('runs')
            for (const part of ['forward', 'gradient'] as const) {
              const { outcome, detail } = found[part]
              count(`${part}: ${outcome}`)
              if (outcome === 'wrong' || outcome === 'fault')
                bad.push(`${name} ${version ?? ''} ${form} ${part}: ${outcome} ${detail}`)
            }
            count(`the engine ${found.engine} the file`)
            tell(name, { version, form, ...found })
          }
        }
      }
      process.stdout.write(`${place} ${JSON.stringify(table, null, 2)}\n`)
      expect(bad).toEqual([])
    },
    3_600_000,
  )
})
