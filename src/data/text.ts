/**
 * Text files that people give us: lists, labels, tables of published data sets. UTF-8 is read, with or without a byte
 * order mark, and UTF-16 where a mark or its zero bytes show it. Everything else is refused by line: guessing an
 * 8-bit encoding would turn two names into one, or one name into another.
 */
import { GlasshouseError } from '../base/errors.ts'

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be'

export interface TextReader {
  /** the text of the next bytes; a character that they cut comes with the bytes after them */
  read(bytes: Uint8Array): string
  /** what is left at the end; a text that ends within a character is refused */
  end(): string
}

/** A whole text. `where` names the file in errors. */
export function decodeText(bytes: Uint8Array, where: string): string {
  const { read, end } = textReader(bytes, where)
  return read(bytes) + end()
}

/** Decodes a text part by part; `start` is its first part, which shows the encoding. */
export function textReader(start: Uint8Array, where: string): TextReader {
  const encoding = encodingOf(start, where)
  const decoder = new TextDecoder(encoding, { fatal: true })
  let lines = 1
  const decode = (bytes: Uint8Array, stream: boolean): string => {
    let text: string
    try {
      text = decoder.decode(bytes, { stream })
    } catch (cause) {
      if (encoding !== 'utf-8') throw refused(where, 'the text is not valid UTF-16', cause)
      const line = lines + newlines(latin1(bytes.subarray(0, startOfBadLine(bytes))))
      throw refused(`${where}, line ${line}`, 'the text is not UTF-8', cause)
    }
    const zero = text.indexOf('\0')
    if (zero >= 0) {
      const line = lines + newlines(text.slice(0, zero))
      throw refused(`${where}, line ${line}`, 'this is not a text: it holds zero bytes')
    }
    lines += newlines(text)
    return text
  }
  return { read: bytes => decode(bytes, true), end: () => decode(new Uint8Array(0), false) }
}

/** What a text is encoded in, judged by its first bytes; some thousand are enough. */
export function encodingOf(start: Uint8Array, where: string): Encoding {
  const [a, b, c, d] = start
  const isUtf32 =
    (a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)
  if (isUtf32) throw refused(where, 'the text is UTF-32')
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  // Latin letters in UTF-16 have a zero in every second byte.
  const zeros = [0, 0]
  const pairs = Math.min(start.length, 4096) >> 1
  for (let i = 0; i < 2 * pairs; i++) if (start[i] === 0) zeros[i & 1]++
  if (zeros[1] > 0.3 * pairs && zeros[0] < 0.1 * pairs) return 'utf-16le'
  if (zeros[0] > 0.3 * pairs && zeros[1] < 0.1 * pairs) return 'utf-16be'
  return 'utf-8'
}

/** Where the first line begins that is not UTF-8. */
function startOfBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let start = 0
  // A part may begin within a character that the part before has cut.
  while ((bytes[start] & 0xc0) === 0x80 && start < 3) start++
  while (start < bytes.length) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline < 0 ? bytes.length : newline
    try {
      decoder.decode(bytes.subarray(start, end))
    } catch {
      return start
    }
    start = end + 1
  }
  return bytes.length
}

const latin1 = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes)

function newlines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

const refused = (where: string, what: string, cause?: unknown) =>
  new GlasshouseError({
    code: 'text-encoding',
    what,
    where,
    hint: 'Save the file as UTF-8; if it comes from an older spreadsheet, `iconv -f WINDOWS-1252 -t UTF-8` converts it',
    cause,
  })
