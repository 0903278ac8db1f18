import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { rezip, writeZip } from '../../test/write-zip.ts'
import { GlasshouseError } from '../base/errors.ts'
import { toFloat32 } from '../graph/element-types.ts'
import type { Tensor } from '../graph/tensor.ts'
import { decodePytorch } from './pytorch.ts'

const folder = new URL('./fixtures/', import.meta.url)
const fixture = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(name, folder)))
const load = (name: string) => decodePytorch(fixture(name), name)

const numbers = (tensor: Tensor | undefined): number[] => [...toFloat32(tensor!).data]
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

// fixtures/README.md has the program that wrote these files.
describe.each(['zip', 'stream'])('a checkpoint in the %s format', format => {
  it('holds tensors of every element type', () => {
    const { tensors, skipped } = load(`types.${format}.pth`)
    const dtypes = [
      'float64',
      'float32',
      'float16',
      'bfloat16',
      'int64',
      'int32',
      'int16',
      'int8',
      'uint8',
      'bool',
    ]
    expect([...tensors.keys()]).toEqual(dtypes)
    for (const [name, tensor] of tensors) {
      expect([tensor.dtype, tensor.shape]).toEqual([name, [2, 3]])
      expect(numbers(tensor)).toEqual(name === 'bool' ? [0, 1, 1, 1, 1, 1] : upTo(6))
    }
    expect(skipped).toEqual([])
  })

  it('holds views of one storage, dense ones without a copy', () => {
    const { tensors } = load(`views.${format}.pth`)
    const plain = Object.fromEntries(
      [...tensors].map(([name, tensor]) => [name, [tensor.shape, numbers(tensor)]]),
    )
    const transposed = upTo(24).map(i => (i % 4) * 6 + Math.floor(i / 4))
    expect(plain).toEqual({
      whole: [[4, 6], upTo(24)],
      rows: [[2, 6], upTo(12).map(i => 6 + i)],
      column: [[4], [2, 8, 14, 20]],
      transposed: [[6, 4], transposed],
      strided: [
        [2, 3],
        [1, 3, 5, 13, 15, 17],
      ],
      expanded: [
        [3, 2],
        [5, 5, 5, 5, 5, 5],
      ],
      scalar: [[], [7]],
      empty: [[0, 3], []],
      parameter: [[6], [18, 19, 20, 21, 22, 23]],
    })
    const memory = tensors.get('whole')!.data.buffer
    expect(tensors.get('rows')!.data.buffer).toBe(memory)
    expect(tensors.get('parameter')!.data.buffer).toBe(memory)
    expect(tensors.get('column')!.data.buffer).not.toBe(memory)
  })
})

describe.each(['checkpoint.zip', 'checkpoint.stream', 'protocol4.zip', 'protocol5.zip'])('%s', name => {
  it('gives the weights of the network within, without the prefix of DataParallel', () => {
    const { tensors, skipped } = load(`${name}.pth`)
    const shapes = [...tensors].map(([key, { shape, dtype }]) => [key, shape, dtype])
    expect(shapes).toEqual([
      ['conv.weight', [2, 1, 3, 3], 'float32'],
      ['norm.weight', [2], 'float32'],
      ['norm.bias', [2], 'float32'],
      ['norm.running_mean', [2], 'float32'],
      ['norm.running_var', [2], 'float32'],
      ['norm.num_batches_tracked', [], 'int64'],
    ])
    expect(numbers(tensors.get('conv.weight'))).toEqual(upTo(18))
    expect(skipped).toEqual([
      ...[
        'epoch',
        'arch',
        'best',
        'big',
        'negative',
        'raw',
        'done',
        'none',
        'classes',
        'size',
        'pair',
        'scale',
      ],
      ...['device', 'dtype', 'optimizer'],
    ])
  })
})

describe('what PyTorch saves besides', () => {
  it.each(['arguments.zip', 'arguments.stream', 'arguments4.zip'])(
    'in %s are arguments of training, which are passed over by name',
    name => {
      const { tensors, skipped } = load(`${name}.pth`)
      expect(numbers(tensors.get('conv.weight'))).toEqual(upTo(18))
      expect(skipped.map(text => text.replace('__builtin__', 'builtins'))).toEqual([
        'args (argparse.Namespace)',
        'stage (builtins.getattr)',
        'plan (__main__.Plan)',
        'options (__main__.Options)',
        'when (datetime.datetime)',
        'best (numpy.core.multiarray.scalar)',
        'count (numpy.core.multiarray.scalar)',
        'history (numpy.core.multiarray._reconstruct)',
        'counts',
        'rule (functools.partial)',
        'state_dict_ema',
      ])
    },
  )

  it.each(['whole.zip', 'whole.stream', 'whole-within.zip'])(
    'in %s is a whole module, whose weights have the names of its state_dict',
    name => {
      const { tensors } = load(`${name}.pth`)
      expect([...tensors.keys()]).toEqual([
        'stem.conv.weight',
        'stem.norm.weight',
        'stem.norm.bias',
        'stem.norm.running_mean',
        'stem.norm.running_var',
        'stem.norm.num_batches_tracked',
        'head.0.weight',
        'head.0.bias',
      ])
      expect(numbers(tensors.get('stem.conv.weight'))).toEqual(upTo(18))
    },
  )

  it('is refused where it is a program', () => {
    expect(() => load('torchscript.zip.pth')).toThrow('TorchScript programs are not read')
  })

  it('is refused where it is the tar archive of the first release', () => {
    const tar = new Uint8Array(1024)
    tar.set(new TextEncoder().encode('ustar'), 257)
    expect(() => decodePytorch(tar, 'old.pth')).toThrow('old.pth: the tar format of PyTorch 0.1 is not read')
  })
})

describe('the archive', () => {
  const original = fixture('types.zip.pth')

  it('may be compressed by another program', () => {
    const packed = rezip(original, entry => ({ ...entry, method: 8, packed: deflateRawSync(entry.content) }))
    expect(decodePytorch(packed, 'a.pth')).toEqual(decodePytorch(original, 'a.pth'))
  })

  it('may lie at an odd place in memory', () => {
    const shifted = new Uint8Array(original.length + 1).subarray(1)
    shifted.set(original)
    expect(decodePytorch(shifted, 'a.pth')).toEqual(decodePytorch(original, 'a.pth'))
  })

  it('may lack checksums', () => {
    const bare = rezip(original, entry => ({ ...entry, crc: 0 }))
    expect(decodePytorch(bare, 'a.pth')).toEqual(decodePytorch(original, 'a.pth'))
  })

  it('is refused where a checksum does not fit', () => {
    const wrong = rezip(original, entry => (entry.name.endsWith('data/3') ? { ...entry, crc: 12345 } : entry))
    expect(() => decodePytorch(wrong, 'a.pth')).toThrow(
      "a.pth, entry 'types.zip/data/3': the checksum does not fit",
    )
  })

  it('is refused where it would fill the memory', () => {
    const bomb = rezip(original, entry => ({
      ...entry,
      method: 8,
      packed: deflateRawSync(entry.content),
      size: 2 ** 31,
    }))
    expect(() => decodePytorch(bomb, 'a.pth')).toThrow('claims to hold far more than its own size')
    const liar = rezip(original, entry => ({
      ...entry,
      method: 8,
      packed: deflateRawSync(Buffer.alloc(2 ** 20)),
    }))
    expect(() => decodePytorch(liar, 'a.pth')).toThrow('the entry is longer than the directory says')
  })

  it('is refused where its entries share one body, each of which would be a copy', () => {
    const whole = writeZip([
      { name: 'a/data.pkl', content: original.slice(0, 40) },
      { name: 'a/data/0', content: new Uint8Array(1000) },
      { name: 'a/data/1', content: new Uint8Array(1000) },
    ])
    const view = new DataView(whole.buffer)
    const place = Buffer.from(whole).lastIndexOf('a/data/1') - 4
    for (const shift of [-1, -1000, -(1000 + 30 + 8)]) {
      const shared = whole.slice()
      new DataView(shared.buffer).setUint32(place, view.getUint32(place, true) + shift, true)
      expect(() => decodePytorch(shared, 'a.pth')).toThrow('it overlaps another entry')
    }
  })

  it('is refused where a storage is missing, or has another size than its tensors need', () => {
    const without = rezip(original, entry => (entry.name.endsWith('data/3') ? undefined : entry))
    expect(() => decodePytorch(without, 'a.pth')).toThrow("it lacks storage '3'")
    const shorter = rezip(original, entry =>
      entry.name.endsWith('data/3') ? { ...entry, content: entry.content.subarray(0, 6) } : entry,
    )
    expect(() => decodePytorch(shorter, 'a.pth')).toThrow(
      "a.pth, tensor 'bfloat16': its storage has another size than it should (expected 12 bytes, got 6)",
    )
  })

  it('is refused where it is encrypted, or written on a big-endian machine', () => {
    expect(() =>
      decodePytorch(
        rezip(original, entry => ({ ...entry, flags: 1 })),
        'a.pth',
      ),
    ).toThrow('is encrypted')
    const big = rezip(original, entry =>
      entry.name.endsWith('version')
        ? { ...entry, name: 'types.zip/byteorder', content: new TextEncoder().encode('big') }
        : entry,
    )
    expect(() => decodePytorch(big, 'a.pth')).toThrow('big-endian machine')
  })

  it('is not a checkpoint where it holds something else', () => {
    const other = rezip(original, entry =>
      entry.name.endsWith('.pkl') ? { ...entry, name: 'readme.txt' } : entry,
    )
    expect(() => decodePytorch(other, 'a.zip')).toThrow('was not written by torch.save: it has no data.pkl')
  })
})

it.each(['views.zip', 'views.stream', 'checkpoint.zip', 'checkpoint.stream'])(
  '%s cut short at any place is refused, and never gives other weights',
  name => {
    const whole = fixture(`${name}.pth`)
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodePytorch(whole.subarray(0, length), name)).toThrow(GlasshouseError)
    }
  },
)
