/** What content is recognised by. */
import { createHash } from 'node:crypto'

/** SHA-256 of a text or of bytes: 64 hexadecimal digits. */
export const sha256Of = (content: string | NodeJS.ArrayBufferView): string =>
  createHash('sha256').update(content).digest('hex')
