import { describe, expect, it } from 'vitest'
import { gate } from '../../test/thorough.ts'
import { writeZip } from '../../test/write-zip.ts'
import { readPickle } from './pickle.ts'
import { type PythonValue, tuple } from './python-values.ts'
import { decodePytorch } from './pytorch.ts'
import { pytorchGlobals, storageOf } from './pytorch-globals.ts'

/** Pickles by hand: texts are bytes as they stand, numbers single bytes. */
const pickle = (...parts: (string | number)[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.concat(
      parts.map(part => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.of(part))),
    ),
  )

const read = (...parts: (string | number)[]): PythonValue =>
  readPickle(pickle(0x80, 2, ...parts), {
    where: 'a.pth',
    global: pytorchGlobals('a.pth'),
    persistent: id => storageOf(id, 'a.pth'),
  }).value

/** The same, as the description in an archive: what `readWeights` would meet. */
const load = (...parts: (string | number)[]) =>
  decodePytorch(writeZip([{ name: 'archive/data.pkl', content: pickle(0x80, 2, ...parts) }]), 'a.pth')

const globalOf = (module: string, name: string) => `c${module}\n${name}\n`
/** SHORT_BINUNICODE */
const text = (value: string) => `\x8c${String.fromCharCode(value.length)}${value}`
const rebuild = globalOf('torch._utils', '_rebuild_tensor_v2')
/** A float32 storage '0' of 4 elements, by its persistent id. */
const storage = `(${text('storage')}${globalOf('torch', 'FloatStorage')}${text('0')}${text('cpu')}K\x04tQ`

describe('plain data', () => {
  it.each<[string, (string | number)[], PythonValue]>([
    ['None and truth', ['N\x88\x89\x87.'], tuple([null, true, false])],
    ['small integers', ['K\xffM\xff\xffJ\xff\xff\xff\xff\x87.'], tuple([255, 65535, -1])],
    [
      'long integers',
      ['\x8a\x00\x8a\x02\xd4\xfe\x8a\x08\0\0\0\0\0\0\0\x80\x87.'],
      tuple([0, -300, -(2n ** 63n)]),
    ],
    ['integers of four bytes of length', ['\x8b\x01\0\0\0\x80.'], -128],
    ['floats', ['G\x3f\xf8\0\0\0\0\0\0.'], 1.5],
    ['text', ['X\x02\0\0\0\xc3\xbc', text('b'), '\x8d\x01\0\0\0\0\0\0\0c\x87.'], tuple(['ü', 'b', 'c'])],
    ['text of Python 2', ['U\x01aT\x01\0\0\0b\x86.'], tuple(['a', 'b'])],
    ['bytes', ['C\x02\x00\xffB\x01\0\0\0\x07\x86.'], tuple([Uint8Array.of(0, 255), Uint8Array.of(7)])],
    [
      'bytes as protocol 2 spells them',
      [globalOf('_codecs', 'encode'), 'X\x02\0\0\0\xc3\xbf', text('latin1'), '\x86R.'],
      Uint8Array.of(255),
    ],
    ['lists', [']K\x01a(K\x02K\x03e.'], [1, 2, 3]],
    ['lists from marks', ['(K\x01K\x02l.'], [1, 2]],
    ['tuples', ['))\x85(K\x01K\x02K\x03K\x04t\x86.'], tuple([tuple([tuple([])]), tuple([1, 2, 3, 4])])],
    [
      'dictionaries',
      ['}K\x01K\x02s(K\x03K\x04u.'],
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['dictionaries from marks', ['(K\x01K\x02d.'], new Map([[1, 2]])],
    ['sets', ['\x8f(K\x01K\x02\x90(K\x03\x91\x86.'], tuple([new Set([1, 2]), new Set([3])])],
    ['sets as protocol 2 spells them', [globalOf('__builtin__', 'set'), ']K\x01a\x85R.'], new Set([1])],
    [
      'ordered dictionaries',
      [globalOf('collections', 'OrderedDict'), ')R', text('a'), 'K\x01s.'],
      new Map([['a', 1]]),
    ],
    [
      'ordered dictionaries of Python 2',
      [globalOf('collections', 'OrderedDict'), ']]', text('a'), 'aK\x01aa\x85R.'],
      new Map([['a', 1]]),
    ],
    ['torch.Size', [globalOf('torch', 'Size'), 'K\x02K\x03\x86\x85R.'], tuple([2, 3])],
    ['memory and repetition', ['K\x07q\x00K\x08\x940h\x002\x87.'], tuple([7, 7, 7])],
    ['numbered memory', ['K\x07r\x00\x01\0\0j\x00\x01\0\0\x86.'], tuple([7, 7])],
    ['marks that are dropped', ['K\x01(0(K\x02K\x031.'], 1],
  ])('holds %s', (_, parts, expected) => {
    expect(read(...parts)).toEqual(expected)
  })

  it('may be a list that holds itself', () => {
    const list = read(']q\x00h\x00a.') as PythonValue[]
    expect(list[0]).toBe(list)
  })
})

describe('a malicious pickle', () => {
  it.each<[string, string, (string | number)[]]>([
    ['calls the shell', 'os.system', [globalOf('os', 'system'), text('touch /tmp/x'), '\x85R.']],
    [
      'calls the shell by its other name',
      'posix.system',
      [globalOf('posix', 'system'), text('id'), '\x85R.'],
    ],
    ['evaluates code', 'builtins.eval', [globalOf('builtins', 'eval'), text('1'), '\x85R.']],
    [
      'evaluates code as Python 2',
      '__builtin__.eval',
      [globalOf('__builtin__', 'eval'), text('1'), '\x85R.'],
    ],
    ['hides a name on the stack', 'os.system', [text('os'), text('system'), '\x93', text('id'), '\x85R.']],
    [
      'hides a name in the memory',
      'os.system',
      [text('os'), 'q\x00', text('system'), 'q\x0100h\x00h\x01\x93.'],
    ],
    ['reaches through an allowed module', 'torch.load', [text('torch'), text('load'), '\x93.']],
    [
      'reaches through an attribute',
      'torch.serialization.os.system',
      [text('torch.serialization'), text('os.system'), '\x93.'],
    ],
    [
      'reaches for what every object has',
      'collections.OrderedDict.__class__',
      [text('collections'), text('OrderedDict.__class__'), '\x93.'],
    ],
    [
      'reaches for what JavaScript objects have',
      '__proto__.constructor',
      [globalOf('__proto__', 'constructor'), ')R.'],
    ],
    ['names something that it never calls', 'subprocess.Popen', [globalOf('subprocess', 'Popen'), '0}.']],
    ['uses the oldest way to make an instance', 'os.system', ['(', text('id'), 'ios\nsystem\n.']],
    ['loads another pickle', '_pickle.loads', [globalOf('_pickle', 'loads'), 'C\x01.\x85R.']],
    ['wants code', 'types.FunctionType', [globalOf('types', 'FunctionType'), ')\x81.']],
  ])('that %s is refused by name', (_, name, parts) => {
    const expected = expect.objectContaining({
      code: 'pickle-refused',
      where: 'a.pth',
      what: `refuses to build ${name}: a file of weights is plain data and tensors`,
    })
    expect(() => read(...parts)).toThrow(expected)
    expect(() => load(...parts)).toThrow(expected)
  })

  it.each<[string, (string | number)[], RegExp]>([
    ['a call of text', [text('os.system'), ')R.'], /refuses to build a call of str/],
    ['a call of a tensor', [rebuild, '(', storage, 'K\x00K\x04\x85K\x01\x85tR)R.'], /a call of tensor/],
    [
      'a call of a name that is not a function',
      [globalOf('torch', 'FloatStorage'), ')R.'],
      /a call of torch\.FloatStorage/,
    ],
    ['a call of what a call gave', [globalOf('collections', 'OrderedDict'), ')R)R.'], /a call of dict/],
    [
      'a call without a tuple',
      [globalOf('collections', 'OrderedDict'), ']R.'],
      /arguments of a call are not a tuple/,
    ],
    [
      'an object of an allowed class',
      [globalOf('collections', 'OrderedDict'), ')\x81.'],
      /an object of collections\.OrderedDict/,
    ],
    ['an object with keywords', [globalOf('torch', 'Size'), ')}\x92.'], /an object of torch\.Size/],
    [
      'an object in the old way',
      ['(', globalOf('collections', 'OrderedDict'), 'o.'],
      /an object of collections\.OrderedDict/,
    ],
    ['the state of a list', [']}b.'], /the state of list/],
    ['the state of a function', [rebuild, '}b.'], /the state of torch\._utils\._rebuild_tensor_v2/],
    ['a state that is not a dictionary', ['}N}\x86b.'], /the state of dict/],
    ['a registered extension', ['\x82\x01.'], /a registry of Python extensions/],
    ['buffers from outside', ['\x97.'], /keeps data outside/],
    [
      'a tensor that wraps another call',
      [
        globalOf('torch._tensor', '_rebuild_from_type_v2'),
        '(',
        globalOf('_codecs', 'encode'),
        globalOf('torch', 'Tensor'),
        text('a'),
        text('latin1'),
        '\x86}tR.',
      ],
      /damaged/,
    ],
    [
      'a text in another encoding',
      [globalOf('_codecs', 'encode'), text('a'), text('rot13'), '\x86R.'],
      /these are not bytes/,
    ],
    [
      'complex numbers',
      [globalOf('torch', 'ComplexFloatStorage'), '.'],
      /tensors of a torch\.ComplexFloatStorage are not read/,
    ],
    ['protocol 0', ['I1\n.'], /protocol 0 and 1/],
    ['a protocol of the future', [0x80, 6, 'N.'], /protocol 6/],
  ])('that wants %s is refused', (_, parts, message) => {
    expect(() => read(...parts)).toThrow(
      expect.objectContaining({ name: 'GlasshouseError', message: expect.stringMatching(message) }),
    )
  })

  it.each<[string, (string | number)[]]>([
    ['takes from an empty stack', ['a.']],
    ['takes from below its mark', ['K\x01(0(a.']],
    ['stops with nothing', ['.']],
    ['never stops', ['N']],
    ['recalls what it never remembered', ['h\x05.']],
    ['remembers nothing', ['q\x00.']],
    ['closes a mark that is not open', ['t.']],
    ['appends to a tuple', [')Na.']],
    ['appends to a dictionary', ['}(Ne.']],
    ['sets an entry of a list', [']NNs.']],
    ['sets a key without a value', ['}(Nu.']],
    ['adds to a list', ['](N\x90.']],
    ['promises text beyond its end', ['X\xff\xff\xff\x7fabc.']],
    ['promises bytes beyond its end', ['B\xff\xff\xff\xff.']],
    ['promises bytes beyond all measure', ['\x8e\xff\xff\xff\xff\xff\xff\xff\xff.']],
    ['promises an integer beyond its end', ['\x8b\xff\xff\xff\x7f.']],
    ['has an instruction that does not exist', ['\xfe.']],
    ['names something by a number', ['K\x01K\x02\x93.']],
    ['ends within a name', ['cos']],
    ['refers to no storage', ['K\x01Q.']],
  ])('or damaged one that %s is refused', (_, parts) => {
    expect(() => read(...parts)).toThrow(/^a\.pth: .*(damaged|cut short|beyond all measure)/)
  })
})

describe('a pickle that would exhaust time or memory', () => {
  const refused = 'refuses a pickle that would take too much memory or time'

  it.runIf(gate)('by its length is refused', () => {
    expect(() => read('}0'.repeat(500_000))).toThrow(refused)
    expect(() => read('N'.repeat(4_000_001))).toThrow(refused)
    expect(() => read('N\x94'.repeat(2_000_001))).toThrow(refused)
  })

  it('by copying a large value again and again is refused', () => {
    const bytes = [
      globalOf('_codecs', 'encode'),
      'q\x00',
      'X\0\0\x10\0',
      'a'.repeat(2 ** 20),
      text('latin1'),
      '\x86q\x01',
    ]
    expect(() => read(...bytes, 'h\x00h\x01R0'.repeat(100))).toThrow(refused)
    const list = [globalOf('builtins', 'set'), 'q\x00](', 'N'.repeat(500_000), 'e\x85q\x01']
    expect(() => read(...list, 'h\x00h\x01R0'.repeat(100))).toThrow(refused)
  })

  it('by a long integer is refused', () => {
    expect(() => read('\x8b\0\0\x10\0', '\x01'.repeat(2 ** 20), '.')).toThrow('an integer is too long')
  })

  it('by nesting is read, for nothing here recurses', () => {
    expect(read(')', '\x85'.repeat(200_000), '.')).toMatchObject({ kind: 'tuple' })
    expect(() => load(')', '\x85'.repeat(200_000), '.')).toThrow('holds no weights by name')
  })

  it('by dictionaries that hold each other is searched once', () => {
    const around = ['}q\x00', text('model'), 'h\x00s', text('state_dict'), 'h\x00s.']
    expect(() => load(...around)).toThrow('the file holds no weights')
  })
})

describe('a tensor', () => {
  /** A state_dict of one tensor `w` over a storage of 4 float32, with offset, shape and strides as given. */
  const tensorOf = (offset: string, shape: string, strides: string) =>
    decodePytorch(
      writeZip([
        {
          name: 'archive/data.pkl',
          content: pickle(
            0x80,
            2,
            '}',
            text('w'),
            rebuild,
            `(${storage}${offset}${shape}${strides}\x89}tRs.`,
          ),
        },
        { name: 'archive/data/0', content: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) },
      ]),
      'a.pth',
    ).tensors.get('w')!

  it('is what offset, shape and strides say', () => {
    expect(tensorOf('K\x00', 'K\x02K\x02\x86', 'K\x01K\x02\x86').data).toEqual(Float32Array.of(1, 3, 2, 4))
    expect(tensorOf('K\x03', ')', ')').data).toEqual(Float32Array.of(4))
    expect(tensorOf('K\x04', 'K\x00\x85', 'K\x01\x85').data).toEqual(new Float32Array(0))
  })

  it.each<[string, [string, string, string], RegExp]>([
    [
      'beyond the end of its storage',
      ['K\x01', 'K\x04\x85', 'K\x01\x85'],
      /tensor 'w': it reaches beyond its storage/,
    ],
    ['beyond it by strides', ['K\x00', 'K\x02\x85', 'K\x04\x85'], /reaches beyond its storage/],
    [
      'far beyond it',
      ['K\x00', 'K\x02\x85', '\x8a\x07\xff\xff\xff\xff\xff\xff\x0f\x85'],
      /reaches beyond its storage/,
    ],
    ['before it', ['J\xff\xff\xff\xff', 'K\x02\x85', 'K\x01\x85'], /not a natural number \(got -1\)/],
    ['backward in it', ['K\x03', 'K\x02\x85', 'J\xff\xff\xff\xff\x85'], /not a natural number/],
    ['with a negative size', ['K\x00', 'J\xff\xff\xff\xff\x85', 'K\x01\x85'], /not a natural number/],
    ['with a shape of another rank than its strides', ['K\x00', 'K\x02\x85', ')'], /shape and strides/],
    [
      'expanded without end',
      ['K\x00', 'J\xff\xff\xff\x0fK\x07\x86', 'K\x00K\x00\x86'],
      /many times larger than the file/,
    ],
    [
      'expanded beyond all measure',
      ['K\x00', 'J\xff\xff\xff\x0f\x94J\xff\xff\xff\x0fJ\xff\xff\xff\x0f\x87', 'K\x00K\x00K\x00\x87'],
      /beyond all measure/,
    ],
  ])('%s is refused', (_, parts, message) => {
    expect(() => tensorOf(...parts)).toThrow(message)
  })

  it('of a type without a storage of its own is read, over bare bytes', () => {
    const bytes = `(${text('storage')}${globalOf('torch.storage', 'UntypedStorage')}${text('0')}${text('cpu')}K\x06tQ`
    const build = globalOf('torch._utils', '_rebuild_tensor_v3')
    const content = pickle(
      0x80,
      2,
      '}',
      text('w'),
      build,
      `(${bytes}K\x01K\x02\x85K\x01\x85\x89}${globalOf('torch', 'uint16')}tRs.`,
    )
    const archive = writeZip([
      { name: 'archive/data.pkl', content },
      { name: 'archive/data/0', content: new Uint8Array(Uint16Array.of(7, 8, 60000).buffer) },
    ])
    const expected = { dtype: 'uint16', shape: [2], data: Uint16Array.of(8, 60000) }
    expect(decodePytorch(archive, 'a.pth').tensors.get('w')).toEqual(expected)
  })
})
