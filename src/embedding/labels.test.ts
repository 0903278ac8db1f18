import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { float32, tensor } from '../graph/tensor.ts'
import { encodeNpy } from '../weights/npy.ts'
import { readLabels } from './labels.node.ts'

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-labels-'))
let files = 0

function file(content: string | Uint8Array, extension = 'txt'): string {
  const path = join(folder, `${files++}.${extension}`)
  writeFileSync(path, content)
  return path
}

const npy = (...parts: Parameters<typeof encodeNpy>) => file(Buffer.concat(encodeNpy(...parts)), 'npy')

/** An array of text as NumPy writes it. */
function words(
  descr: string,
  texts: readonly string[],
  encode: (text: string, at: Buffer) => void,
  width: number,
) {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${texts.length},), }`.padEnd(117)
  const head = Buffer.from(`\x93NUMPY\x01\x00v\x00${header}\n`, 'latin1')
  const data = Buffer.alloc(texts.length * width)
  for (const [i, text] of texts.entries()) encode(text, data.subarray(i * width, (i + 1) * width))
  return file(Buffer.concat([head, data]), 'npy')
}

describe('labels in text', () => {
  test('are one per line, without the blanks around them, whatever ends the lines', async () => {
    const label = fc.constantFrom('3', '12', 'Acer rubrum', 'pêche', 'a, b')
    const blank = fc.constantFrom('', ' ', '  ', '\u00a0')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(blank, label, blank), { minLength: 1, maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom('', '\n', '\n\n  \n'),
        async (lines, newline, tail) => {
          // Two lines alike show that a comma belongs to the name.
          const written = [...lines, ...lines]
          const text = written.map(parts => parts.join('')).join(newline) + newline + tail
          expect(await readLabels(file(text))).toEqual(written.map(([, name]) => name))
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each<[string, string | Uint8Array, string, string[]]>([
    ['one spelling', 'pe\u0302che\np\u00eache\n', 'txt', ['p\u00eache', 'p\u00eache']],
    ['UTF-16', Buffer.from('\ufeffx\ny\nx\n', 'utf16le'), 'txt', ['x', 'y', 'x']],
    ['what np.savetxt writes', '3.000e+00\n12.0\n3.0\n', 'txt', ['3', '12', '3']],
    ['leading zeros', '007\n7\n', 'txt', ['007', '7']],
    ['a heading', 'label\nx\ny\n', 'csv', ['x', 'y']],
    ['the column of a table', 'path,label\n1.png,x\n2.png,"a, b"\n', 'csv', ['x', 'a, b']],
    ['the column of a table with tabs', 'id\tlabel\n1\tx\n2\ty\n', 'tsv', ['x', 'y']],
    ['a table of one column', 'x\n"a, b"\nx\n', 'csv', ['x', 'a, b', 'x']],
  ])('are read from %s', async (_, content, extension, expected) => {
    expect(await readLabels(file(content, extension), expected.length)).toEqual(expected)
  })

  test.each<[string, string | Uint8Array, string, string]>([
    ['several columns by commas', '1.png,0\n2.png,0\n3.png,1\n', 'csv', '2 columns'],
    ['the same in a text', '1.png,0\n2.png,0\n3.png,1\n', 'txt', '2 columns'],
    ['several columns by tabs', '0\tx0\n0\tx1\n', 'tsv', '2 columns'],
    ['tabs in a text', '0\tx\n0\tx\n', 'txt', '2 columns'],
    ['several columns by blanks', '1.png 0\n2.png 0\n3.png 1\n', 'txt', '2 columns'],
    ['a line without a label', 'x\n\ny\n', 'txt', 'line 2'],
    ['a cell without a label', 'x\n\ny\n', 'csv', 'line 2'],
    ['nan', '1\nnan\n2\n', 'txt', 'line 2'],
    ['NaN as NumPy writes it', '1.0\nNaN\n', 'txt', 'line 2'],
    ['Latin-1', Buffer.from('x\np\u00eache\n', 'latin1'), 'txt', 'line 2: the text is not UTF-8'],
    ['an image', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), 'txt', 'not UTF-8'],
  ])('are refused from %s', async (_, content, extension, message) => {
    await expect(readLabels(file(content, extension))).rejects.toThrow(message)
  })
})

describe('labels in arrays', () => {
  const names = ['c', 'pêche', '', 'Acer rubrum', '𝒜'].filter(name => name !== '')

  test('may be words, of code points in either order or of bytes', async () => {
    const points = (littleEndian: boolean) => (text: string, at: Buffer) => {
      const view = new DataView(at.buffer, at.byteOffset, at.length)
      for (const [i, point] of [...text].entries())
        view.setUint32(4 * i, point.codePointAt(0) ?? 0, littleEndian)
    }
    expect(await readLabels(words('<U12', names, points(true), 48))).toEqual(names)
    expect(await readLabels(words('>U12', names, points(false), 48))).toEqual(names)
    expect(await readLabels(words('|S16', names, (text, at) => void at.write(text), 16))).toEqual(names)
  })

  test('of numbers are their digits; a column will do', async () => {
    expect(await readLabels(npy(tensor('int64', [2], BigInt64Array.of(3n, -4n))))).toEqual(['3', '-4'])
    expect(await readLabels(npy(float32([2, 1], Float32Array.of(3, 4))))).toEqual(['3', '4'])
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('with %d are refused by element', async value => {
    await expect(readLabels(npy(float32([3], Float32Array.of(1, value, 2))))).rejects.toThrow(
      'element 1: a label is missing',
    )
  })

  test('that are cut short, overfull, empty in a place, of objects or of two axes are refused', async () => {
    const write = (text: string, at: Buffer) => void at.write(text)
    await expect(readLabels(words('|S4', ['a', ''], write, 4))).rejects.toThrow(
      'element 1: a label is missing',
    )
    await expect(readLabels(words('|S9', ['a', 'b'], write, 4))).rejects.toThrow('a part of the array')
    await expect(readLabels(words('|S2', ['a', 'b'], write, 4))).rejects.toThrow('does not fit the shape')
    await expect(readLabels(words('<U1', ['a'], (_, at) => void at.fill(255), 4))).rejects.toThrow(
      'is not text',
    )
    await expect(readLabels(words('|O', ['a'], write, 4))).rejects.toThrow('a.astype(str)')
    await expect(readLabels(npy(float32([2, 2], new Float32Array(4))))).rejects.toThrow('[2, 2]')
  })
})

test.skipIf(process.platform === 'win32')('a pipe is refused at once', async () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  await expect(readLabels(pipe)).rejects.toThrow('this is a named pipe')
  await expect(readLabels('/dev/zero')).rejects.toThrow('this is a device')
})
