/**
 * Damaged Arrow files whose damage means something: numbers of the format itself are replaced, the places and sizes
 * of messages and buffers, counts of rows and nulls, offsets of lists and texts, so that most of a file stays as a
 * careful attacker would leave it. Blind damage mostly ends at the first check.
 */
import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch'
import { Footer } from 'apache-arrow/fb/footer'
import { Message } from 'apache-arrow/fb/message'
import { MessageHeader } from 'apache-arrow/fb/message-header'
import { RecordBatch } from 'apache-arrow/fb/record-batch'
import { ByteBuffer } from 'flatbuffers'
import type { Random } from '../src/base/random.ts'
import { damage } from './damaged-files.ts'

interface NumberAt {
  place: number
  bits: 32 | 64
}

interface ArrowParts {
  /** every number of the format that says where or how many */
  numbers: NumberAt[]
  /** metadata and bodies of the messages, and the footer: begin and end */
  metadata: [begin: number, end: number][]
  bodies: [begin: number, end: number][]
}

/** Where the parts of a sound file lie. */
export function arrowParts(file: Uint8Array): ArrowParts {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const end = file.length - 10
  const footerBegin = end - view.getInt32(end, true)
  const footer = Footer.getRootAsFooter(new ByteBuffer(file.subarray(footerBegin, end)))
  const parts: ArrowParts = {
    numbers: [{ place: end, bits: 32 }],
    metadata: [[footerBegin, end]],
    bodies: [],
  }
  const blocks = [
    ...Array.from({ length: footer.recordBatchesLength() }, (_, i) => footer.recordBatches(i)!),
    ...Array.from({ length: footer.dictionariesLength() }, (_, i) => footer.dictionaries(i)!),
  ]
  for (const block of blocks) {
    // offset, size of the metadata, size of the body
    for (const [at, bits] of [
      [0, 64],
      [8, 32],
      [16, 64],
    ] as const)
      parts.numbers.push({ place: footerBegin + block.bb_pos + at, bits })
    const begin = Number(block.offset()) + 8
    const size = view.getInt32(begin - 4, true)
    parts.numbers.push({ place: begin - 4, bits: 32 })
    parts.metadata.push([begin, begin + size])
    const message = Message.getRootAsMessage(new ByteBuffer(file.subarray(begin, begin + size)))
    parts.bodies.push([begin + size, begin + size + Number(message.bodyLength())])
    const batch =
      message.headerType() === MessageHeader.DictionaryBatch
        ? message.header(new DictionaryBatch())?.data()
        : message.header(new RecordBatch())
    for (let i = 0; i < (batch?.nodesLength() ?? 0); i++)
      for (const at of [0, 8]) parts.numbers.push({ place: begin + batch!.nodes(i)!.bb_pos + at, bits: 64 })
    for (let i = 0; i < (batch?.buffersLength() ?? 0); i++)
      for (const at of [0, 8]) parts.numbers.push({ place: begin + batch!.buffers(i)!.bb_pos + at, bits: 64 })
  }
  return parts
}

/** Makes damaged versions of a sound file. */
export function arrowDamage(file: Uint8Array): (file: Uint8Array, chance: Random) => Uint8Array {
  const { numbers, metadata, bodies } = arrowParts(file)
  return (_, random) => {
    const { integer, pick, chance } = random
    const bytes = file.slice()
    const view = new DataView(bytes.buffer)
    const replace = ({ place, bits }: NumberAt) => {
      const old = bits === 64 ? view.getBigInt64(place, true) : BigInt(view.getInt32(place, true))
      const borders = [0n, 1n, -1n, 7n, 8n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n]
      const near = [old + 1n, old - 1n, old + 8n, 2n * old, BigInt(file.length), BigInt(integer(file.length))]
      const value = pick([...borders, ...near])
      if (bits === 64) view.setBigInt64(place, BigInt.asIntN(64, value), true)
      else view.setInt32(place, Number(BigInt.asIntN(32, value)), true)
    }
    const anyWordIn = ([begin, end]: [number, number]): NumberAt => ({
      place: begin + 4 * integer(Math.max(1, Math.floor((end - begin) / 4) - 1)),
      bits: 32,
    })
    do {
      const ways = [
        () => replace(pick(numbers)),
        () => replace(pick(numbers)),
        // Types, names, units and the tables' own offsets.
        () => replace(anyWordIn(pick(metadata))),
        // Offsets of lists and texts, keys of dictionaries, numbers.
        () => replace(anyWordIn(pick(bodies))),
        () => {
          const [begin, end] = pick(metadata)
          bytes.set(damage(bytes.subarray(begin, end), random).subarray(0, end - begin), begin)
        },
      ]
      pick(ways)()
    } while (chance(0.4))
    return chance(0.05) ? damage(bytes, random) : bytes
  }
}
