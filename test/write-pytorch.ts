/** Checkpoints as `torch.save(state_dict)` writes them, in the zip format: float32 tensors by name. */
import type { Tensor } from '../src/graph/tensor.ts'
import { writeZip } from './write-zip.ts'

const text = (value: string): Buffer => {
  const content = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(content.length)
  return Buffer.concat([Buffer.from('X'), length, content])
}
const integer = (value: number): Buffer => {
  const content = Buffer.alloc(5)
  content.write('J')
  content.writeInt32LE(value, 1)
  return content
}
const tuple = (...items: Buffer[]): Buffer => Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')])
const named = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`)
const call = (callee: Buffer, args: Buffer): Buffer => Buffer.concat([callee, args, Buffer.from('R')])

export function writePytorch(tensors: ReadonlyMap<string, Tensor>): Uint8Array<ArrayBuffer> {
  const entries = [...tensors].map(([name, { shape, data }], index) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
    const storage = tuple(
      text('storage'),
      named('torch', 'FloatStorage'),
      text(String(index)),
      text('cpu'),
      integer(data.length),
    )
    const rebuilt = call(
      named('torch._utils', '_rebuild_tensor_v2'),
      tuple(
        Buffer.concat([storage, Buffer.from('Q')]),
        integer(0),
        tuple(...shape.map(integer)),
        tuple(...strides.map(integer)),
        Buffer.from([0x89]),
        call(named('collections', 'OrderedDict'), Buffer.from(')')),
      ),
    )
    return {
      pickled: [text(name), rebuilt],
      content: Buffer.from(Float32Array.from(data as Float32Array).buffer),
    }
  })
  const pickle = Buffer.concat([
    Buffer.from([0x80, 2]),
    Buffer.from('}('),
    ...entries.flatMap(({ pickled }) => pickled),
    Buffer.from('u.'),
  ])
  return writeZip([
    { name: 'archive/data.pkl', content: pickle },
    ...entries.map(({ content }, index) => ({ name: `archive/data/${index}`, content })),
    { name: 'archive/version', content: Buffer.from('3\n') },
  ])
}
